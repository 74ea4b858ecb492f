// Bolt for JavaScript with 50 commands over Socket Mode; BOLT_HOME is where it is installed.
const { App, LogLevel } = require(require.resolve("@slack/bolt", { paths: [process.env.BOLT_HOME] }));

const app = new App({
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
  authorize: async () => ({ botToken: process.env.SLACK_BOT_TOKEN, botId: "B0BENCH", botUserId: "U0BOT" }),
});
const count = Number(process.env.BENCH_COMMANDS);
for (let number = 0; number < count; number += 1) {
  const name = number === count - 1 ? "/brief" : `/padding-${number}`;
  app.command(name, async ({ ack }) => { await ack("hi"); });
}
process.stdin.on("end", () => process.exit(0)).resume();
process.on("SIGTERM", () => process.exit(0));
app.start().then(() => console.log(JSON.stringify({ connected: true })));
