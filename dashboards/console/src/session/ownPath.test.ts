import { expect, it } from "vitest";
import { ownPath } from "./ownPath";

it.each([
  ["/live?machine=1", "/live?machine=1"],
  ["//evil.test", "/"],
  ["/\\evil.test", "/"],
  ["https://evil.test", "/"],
  ["", "/"],
  [null, "/"],
])("%s leads to %s", (wanted, path) => {
  expect(ownPath(wanted)).toBe(path);
});
