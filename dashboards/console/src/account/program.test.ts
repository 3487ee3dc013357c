import { expect, it } from "vitest";
import { programOf } from "./program";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";

it.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`, "Chrome · Windows"],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge · Windows"],
  [`Mozilla/5.0 (Linux; Android 14; V2301A) ${WEBKIT} Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0`, "WeChat · Android"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "Safari · iPhone"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Linux"],
  ["Mozilla/5.0 (Linux; Android 14) Something/1.0", "Android"],
  ["python-httpx/0.28.1", "python-httpx"],
  ["", null],
  [null, null],
])("%s is %s", (userAgent, name) => expect(programOf(userAgent)).toBe(name));
