import { describe, expect, it } from "vitest";
import { limitWords, number, quantity, unitOfKey } from "./value";

describe("values", () => {
  it("prints each unit in its usual precision", () => {
    expect(quantity(97.36, "degC", "en-US")).toBe("97.4 °C");
    expect(quantity(34.6, "%", "en-US")).toBe("35%");
    expect(quantity(1800.4, "rpm", "zh-CN")).toBe("1,800 rpm");
    expect(quantity(31_250, "kPa", "en-US")).toBe("31,250 kPa");
    expect(quantity(2, "1", "en-US")).toBe("2");
  });

  it("hides no digit of a limit, nor of the small pressures that are compared with one", () => {
    expect(limitWords(6.2, "kPa", "en-US")).toBe("6.2 kPa");
    expect(limitWords(2600, "rpm", "zh-CN")).toBe("2,600 rpm");
    expect(limitWords(10, "%", "en-US")).toBe("10%");
    expect(quantity(6.34, "kPa", "en-US")).toBe("6.3 kPa");
  });

  it("prints a dash, never a number, for what was not reported", () => {
    expect(quantity(null, "degC", "en-US")).toBe("–");
    expect(quantity(Number.NaN, "degC", "en-US")).toBe("–");
  });

  it("prints what rounds to nothing as 0, without a sign", () => {
    expect(quantity(-0, "degC", "en-US")).toBe("0.0 °C");
    expect(number(-0.2, "rpm", "zh-CN")).toBe("0");
    expect(number(-3, "rpm", "zh-CN")).toBe("-3");
    expect(limitWords(-0, "kPa", "en-US")).toBe("0 kPa");
  });

  it("knows a key's unit by its suffix", () => {
    expect(unitOfKey("engine_coolant_temp_degc")).toBe("degC");
    expect(unitOfKey("wheel_speed_kmh")).toBe("km/h");
    expect(unitOfKey("load_count")).toBe("");
  });
});
