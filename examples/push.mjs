// Signs one record and pushes it, with Node.js 18 or newer and nothing else.
// Usage: AFTERCHAT_SECRET=... node push.mjs http://127.0.0.1:8000/push record.json
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [url, file] = process.argv.slice(2);
const body = readFileSync(file); // bytes: sign exactly what is sent
const hex = (algorithm, data) => createHash(algorithm).update(data).digest("hex");
const time = Math.floor(Date.now() / 1000).toString();
const checksum = hex("sha1", process.env.AFTERCHAT_SECRET + hex("md5", body) + time);

const answer = await fetch(`${url}?eventType=DATA_ONLINE_SESSION_END&time=${time}&checksum=${checksum}`, {
  method: "POST",
  headers: { "Content-Type": "application/json;charset=utf-8" },
  body,
});
console.log(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
