import { expect, it } from "vitest";
import { ownPath } from "./ownPath";

it.each([
  ["/live?machine=1", "/live?machine=1"],
  ["//evil.test", "/live"],
  ["/\\evil.test", "/live"],
  ["https://evil.test", "/live"],
  ["", "/live"],
  [null, "/live"],
])("%s leads to %s", (wanted, path) => {
  expect(ownPath(wanted)).toBe(path);
});
