"""A small, strict Slack on loopback: for the browser, for the tests. It never knows the bot."""

from bot.sandbox.blocks import check_blocks, check_view
from bot.sandbox.clock import Clock
from bot.sandbox.deliveries import Answer, Envelope
from bot.sandbox.feed import Feed
from bot.sandbox.github.github import GitHub
from bot.sandbox.github.issues import Comment, Issue
from bot.sandbox.github.webhooks import Delivery
from bot.sandbox.manifest import ManifestError
from bot.sandbox.pictures import File
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.seed import HARBOUR, Channel, Person, Post, Seed
from bot.sandbox.seen import Seen, text_in
from bot.sandbox.workspace import Message, NotPossibleError, View

__all__ = [
    "HARBOUR",
    "Answer",
    "Channel",
    "Clock",
    "Comment",
    "Delivery",
    "Envelope",
    "Feed",
    "File",
    "GitHub",
    "Issue",
    "ManifestError",
    "Message",
    "NotPossibleError",
    "Person",
    "Post",
    "Sandbox",
    "Seed",
    "Seen",
    "View",
    "check_blocks",
    "check_view",
    "text_in",
]
