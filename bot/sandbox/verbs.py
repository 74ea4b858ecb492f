"""What a person can do with messages: type a command, say something, press, pick, run a shortcut, open the Home tab."""

from __future__ import annotations

import dataclasses
from typing import Any

from bot.sandbox.call import wire_message
from bot.sandbox.composer import written
from bot.sandbox.deliveries import Answer, Envelope
from bot.sandbox.forms import wire_view
from bot.sandbox.picking import action_of, find_part, offered
from bot.sandbox.responses import refusal_of
from bot.sandbox.seed import Channel, Person
from bot.sandbox.seen import Seen
from bot.sandbox.stage import Stage
from bot.sandbox.triggers import ResponseUrl
from bot.sandbox.workspace import Json, Message, NotPossibleError, View

__all__ = ["MessageVerbs"]


class MessageVerbs(Stage):
    """Verbs of the page and of the tests; every one waits until the bot is quiet and returns what the person sees."""

    async def command(self, person: str | Person, channel: str | Channel, line: str) -> Seen:
        """Type a slash command; what is not declared gets Slackbot's sentence, outsiders may not."""
        who = self.workspace.person(person)
        where = self._composer(who, channel)
        return await self._watch(who, self._command(who, where, line.strip()))

    async def _command(self, person: Person, channel: Channel, line: str) -> str | None:
        name, _, rest = line.partition(" ")
        declared = self.declared.commands.get(name)
        if person.is_stranger:
            return (
                f"{name} belongs to another organisation. Only members of the workspace that installed it can run it."
            )
        if declared is None:
            self._slackbot(person, channel, f"{name} is not a valid command.")
            return None
        text = written(rest.strip(), self.workspace, named=True) if declared.should_escape else rest.strip()
        payload = self._payloads.command(person, channel, name, text)
        answer = await self.deliveries.deliver(Envelope("slash_commands", f"{name} {text}".strip(), payload))
        self._command_answered(person, channel, name, f"{name} {text}".strip(), answer)
        return None

    def _command_answered(self, person: Person, channel: Channel, name: str, line: str, answer: Answer) -> None:
        if not answer.ok:
            code = "operation_timeout" if answer.problem == "operation_timeout" else "dispatch_failed"
            self._slackbot(person, channel, f'{name} failed with the error "{code}"')
            return
        body = {"text": answer.body} if isinstance(answer.body, str) else answer.body
        if not isinstance(body, dict) or not (body.get("text") or body.get("blocks")):
            return
        code, problems = refusal_of(body, self.workspace)
        if code:
            detail = {"problems": problems}
            self.transcript.add(
                "to bot", "error", name, ok=False, note=f"the ack: {code} {problems[:3]}", detail=detail
            )
            self._slackbot(person, channel, f'{name} failed with the error "{code}"')
            return
        self._responses.apply(ResponseUrl(channel.id, person.id, self.clock.now(), answers=line), body)

    async def say(
        self, person: str | Person, channel: str | Channel, text: str, thread: str | Message | None = None
    ) -> Seen:
        """Post a message as a person; `thread` is the message (or its ts) to reply to."""
        who = self.workspace.person(person)
        where = self._composer(who, channel)
        above = thread.thread_ts or thread.ts if isinstance(thread, Message) else thread
        message = Message(where.id, self.workspace.stamp(), who.id, written(text, self.workspace), thread_ts=above)
        self.workspace.post(message)
        return await self._watch(who, self._said(who, where, message), message)

    async def _said(self, person: Person, channel: Channel, message: Message) -> None:
        kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
        event = {**wire_message(message, self.workspace), "channel": channel.id, "event_ts": message.ts}
        await self.event({**event, "channel_type": kind})
        if f"<@{self.seed.bot_user}" in message.text and not channel.is_im:
            await self.event({**event, "type": "app_mention"})

    async def react(self, person: str | Person, message: Message, emoji: str) -> Seen:
        """Add an emoji reaction."""
        who = self.workspace.person(person)
        message.reactions.setdefault(emoji.strip(":"), []).append(who.id)
        self.workspace.changed(message)
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event = {"type": "reaction_added", "user": who.id, "reaction": emoji.strip(":"), "item": item}
        return await self._watch(
            who, self._quietly({**event, "item_user": message.user, "event_ts": self.workspace.stamp()})
        )

    async def press(
        self, person: str | Person, where: Message | View | Seen, button: str, *, confirm: bool = True
    ) -> Seen:
        """Press a button by text or action_id. `confirm` answers a confirm dialog; its text is in `asked`."""
        who = self.workspace.person(person)
        thing, block, element = find_part(self.workspace, who, where, button, ("button",))
        return await self._act(who, thing, block, element, None, confirm=confirm)

    async def select(
        self, person: str | Person, where: Message | View | Seen, action: str, option: object, *, confirm: bool = True
    ) -> Seen:
        """Pick in a menu (by action_id or label): an option by text or value, a person, a channel, a date, a list."""
        who = self.workspace.person(person)
        thing, block, element = find_part(self.workspace, who, where, action, ())
        option = await self._looked_up(who, thing, block, element, option)
        return await self._act(who, thing, block, element, option, confirm=confirm)

    async def suggest(self, person: str | Person, where: Message | View | Seen, action: str, typed: str) -> Seen:
        """Type into an external select; the offered texts are in `options`."""
        who = self.workspace.person(person)
        thing, block, element = find_part(self.workspace, who, where, action, ())
        options = await self.options(who, thing, block["block_id"], element["action_id"], typed)
        return Seen(who.id, options=tuple(str(one["text"]["text"]) for one in options))

    async def options(
        self, person: Person, where: Message | View, block_id: str, action_id: str, typed: str
    ) -> list[Json]:
        """Ask the app for options, as typing into an external select does; checked like Slack checks them."""
        payload = self._payloads.suggestion(person, where, block_id, action_id, typed)
        answer = await self.deliveries.deliver(Envelope("interactive", f"options {action_id}", payload))
        await self.quiet()
        options, problems = offered(answer.body) if answer.ok else ([], [answer.problem])
        if problems:
            self.transcript.add("to bot", "error", f"options {action_id}", ok=False, note="; ".join(problems[:3]))
        return options

    async def _looked_up(self, person: Person, where: Message | View, block: Json, element: Json, value: Any) -> Any:
        """Replace what is typed into an external select by the option it leads to; options stay as they are."""
        if not str(element["type"]).endswith("external_select"):
            return value
        if isinstance(value, list | tuple):
            return [await self._looked_up(person, where, block, element, one) for one in value]
        return await self._suggested(person, where, block, element, value) if isinstance(value, str) else value

    async def _suggested(self, person: Person, where: Message | View, block: Json, element: Json, wanted: str) -> Json:
        options = await self.options(person, where, block["block_id"], element["action_id"], wanted)
        exact = [one for one in options if wanted in (one["text"]["text"], one.get("value"))]
        if not (exact or len(options) == 1):
            raise NotPossibleError(f"typing {wanted!r} offers {[one['text']['text'] for one in options]}")
        return (exact or options)[0]

    async def _act(
        self, person: Person, where: Message | View, block: Json, element: Json, option: object, *, confirm: bool
    ) -> Seen:
        asked = ""
        if isinstance(element.get("confirm"), dict):
            asked = "\n".join(str(element["confirm"][one]["text"]) for one in ("title", "text"))
            if not confirm:
                return Seen(person.id, asked=asked)
        action = action_of(self.workspace, block, element, option)
        seen = await self._watch(person, self._acted(person, where, action))
        return dataclasses.replace(seen, asked=asked)

    async def _acted(self, person: Person, where: Message | View, action: Json) -> str | None:
        name = f"{action['type']} {action['action_id']}"
        if isinstance(where, View):
            self._remember(where, action)
            payload = self._payloads.action_in_view(person, where, action)
        else:
            state = {action["block_id"]: {action["action_id"]: action}} if action["type"] != "button" else {}
            payload = self._payloads.action_on_message(person, where, action, state)
        answer = await self.deliveries.deliver(Envelope("interactive", name, payload))
        if answer.ok:
            return None
        if isinstance(where, Message):
            self._slackbot(
                person, self.workspace.channels[where.channel], f'This action failed with the error "{answer.problem}"'
            )
            return None
        return f'This action failed with the error "{answer.problem}"'

    def _remember(self, view: View, action: Json) -> None:
        if action["type"] not in ("button", "overflow"):
            kept = {
                name: value
                for name, value in action.items()
                if name == "type" or name.startswith("selected_") or name == "value"
            }
            view.values.setdefault(action["block_id"], {})[action["action_id"]] = kept

    async def shortcut(self, person: str | Person, name: str, message: Message | None = None) -> Seen:
        """Run a shortcut by its visible name or callback_id: on a message, or globally."""
        who = self.workspace.person(person)
        kind = "message" if message is not None else "global"
        found = next(
            (one for one in self.declared.shortcuts if one.type == kind and name in (one.name, one.callback_id)), None
        )
        if found is None:
            raise NotPossibleError(f"the manifest declares no {kind} shortcut {name!r}")
        if who.is_stranger:
            raise NotPossibleError("shortcuts are not offered to people of another organisation")
        if message is not None and (message.is_ephemeral or message not in self.messages(message.channel, who)):
            raise NotPossibleError("message shortcuts are not offered on ephemeral messages")
        payload = self._payloads.shortcut(who, found, message)
        return await self._watch(who, self._interacted(found.name, payload))

    async def home(self, person: str | Person) -> Seen:
        """Open the app's Home tab; `home` of what is seen is there even when the app did not change it."""
        who = self.workspace.person(person)
        if not self.declared.home_tab:
            raise NotPossibleError("the manifest has no Home tab")
        channel = self.workspace.dm(who)
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": channel.id, "tab": "home"}
        if who.id in self.workspace.homes:
            event["view"] = wire_view(self.workspace.homes[who.id], self.workspace)
        seen = await self._watch(who, self._quietly({**event, "event_ts": self.workspace.stamp()}))
        return dataclasses.replace(seen, home=self.workspace.homes.get(who.id))

    async def dismiss(self, person: str | Person, message: Message) -> None:
        """Take an ephemeral message away, as its reader can."""
        if message.seen_by != self.workspace.person(person).id:
            raise NotPossibleError("only ephemeral messages can be dismissed, by their reader")
        self.workspace.remove(message)

    async def _interacted(self, name: str, payload: Json) -> str | None:
        answer = await self.deliveries.deliver(Envelope("interactive", name, payload))
        return None if answer.ok else f'{name} failed with the error "{answer.problem}"'

    async def _quietly(self, event: Json) -> str | None:
        await self.event(event)
        return None

    def _composer(self, person: Person, channel: str | Channel) -> Channel:
        """Return a channel the person can write in; NotPossibleError says why not."""
        where = self.workspace.channel(channel, person)
        if person.deleted:
            raise NotPossibleError(f"{person.real_name} is deactivated")
        if person.id not in where.members:
            raise NotPossibleError(f"{person.real_name} is not in #{where.name}")
        if where.is_archived:
            raise NotPossibleError(f"#{where.name} is archived")
        if where.is_im and self.declared.messages_read_only:
            raise NotPossibleError("the manifest's messages tab is read-only: nothing can be typed there")
        return where
