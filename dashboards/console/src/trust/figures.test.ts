import { describe, expect, it } from "vitest";
import { share, spanWords } from "./figures";

describe("figures of trust", () => {
  it("never say that all of it is well when it is not", () => {
    expect(share(1, "en-US")).toBe("100%");
    expect(share(0.99999, "en-US")).toBe("99.9%");
    expect(share(0.9973, "en-US")).toBe("99.7%");
    expect(share(0.00001, "en-US")).toBe("0.1%");
    expect(share(0, "en-US")).toBe("0%");
  });

  it("say how long something took in one unit", () => {
    expect(spanWords(0.4, "en-US")).toBe("0 sec");
    expect(spanWords(42.4, "en-US")).toBe("42 sec");
    expect(spanWords(320, "en-US")).toBe("5.3 min");
    expect(spanWords(5_400, "en-US")).toBe("1.5 hr");
    expect(spanWords(90_000, "zh-CN")).toContain("1");
  });
});
