import { afterEach, describe, expect, it } from "vitest";
import { intoShown, keptValue, limitWords, number, quantity, shownValue, showUnitsIn, unitOfKey, unitWord } from "./value";

afterEach(() => showUnitsIn("metric"));

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
    showUnitsIn("imperial");
    expect(quantity(null, "degC", "en-US")).toBe("–");
    expect(number(undefined, "kPa", "en-US")).toBe("–");
  });

  it("prints what rounds to nothing as 0, without a sign", () => {
    expect(quantity(-0, "degC", "en-US")).toBe("0.0 °C");
    expect(number(1467, "rpm", "en-US")).toBe("1,467");
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

describe("customary units", () => {
  it.each([
    [0, "degC", "32.0 °F"],
    [100, "degC", "212.0 °F"],
    [-40, "degC", "-40.0 °F"],
    [6.894757, "kPa", "1.00 psi"],
    [400, "kPa", "58.0 psi"],
    [31_250, "kPa", "4,532 psi"],
    [100, "L", "26.4 gal"],
    [18.5, "L/h", "4.9 gal/h"],
    [160.9344, "km", "100.0 mi"],
    [50, "km/h", "31.1 mph"],
    [1_000, "m", "3,281 ft"],
    [1_000, "kg", "2,205 lb"],
  ])("shows %d %s as %s", (value, unit, words) => {
    showUnitsIn("imperial");
    expect(quantity(value, unit, "en-US")).toBe(words);
  });

  it.each(["rpm", "%", "V", "A", "h", "Hz", "deg", "dBm", "1"])("leaves %s as it is", (unit) => {
    const metric = quantity(23.4, unit, "zh-CN");
    showUnitsIn("imperial");
    expect(quantity(23.4, unit, "zh-CN")).toBe(metric);
  });

  it("converts limits, columns, axes and their words alike, and back again", () => {
    showUnitsIn("imperial");
    expect(limitWords(6.2, "kPa", "en-US")).toBe("0.8992 psi");
    expect(limitWords(105, "degC", "en-US")).toBe("221 °F");
    expect(number(400, "kPa", "en-US")).toBe("58.0");
    expect(unitWord("L/h")).toBe("gal/h");
    expect(shownValue(100, "degC")).toBe(212);
    expect(intoShown("°F")?.(100)).toBe(212);
    expect(intoShown("rpm")).toBeNull();
    showUnitsIn("metric");
    expect(intoShown("°F")).toBeNull();
    showUnitsIn("imperial");
    for (const unit of ["degC", "kPa", "L", "km", "kg", "rpm"]) expect(keptValue(shownValue(73.5, unit), unit)).toBeCloseTo(73.5, 9);
  });
});
