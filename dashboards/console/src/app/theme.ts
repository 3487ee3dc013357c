/** The look: antd's tokens for light and dark, in the quiet greys of a control room; colour is left to severity. */
import { theme, type ThemeConfig } from "antd";
import type { Appearance } from "./preferences";

const FONTS =
  '"Inter", "Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

const SURFACES = {
  light: {
    colorPrimary: "#0b5cad",
    colorError: "#b3261e",
    colorLink: "#0b5cad",
    colorLinkHover: "#084a8c",
    colorBgLayout: "#e9edf1",
    colorBgContainer: "#ffffff",
    colorBgElevated: "#ffffff",
    colorText: "#17212b",
    colorTextSecondary: "#4a5764",
    colorTextTertiary: "#5b6875",
    colorTextDescription: "#4a5764",
    colorTextPlaceholder: "#5f6b77",
    colorBorder: "#c3ccd5",
    colorBorderSecondary: "#dde3e9",
  },
  dark: {
    colorPrimary: "#4c9be8",
    colorError: "#ff8a80",
    colorLink: "#6cb2f5",
    colorLinkHover: "#9cccf9",
    colorBgLayout: "#0c1116",
    colorBgContainer: "#151c23",
    colorBgElevated: "#1d262f",
    colorText: "#e4ebf1",
    colorTextSecondary: "#a9b6c2",
    colorTextTertiary: "#93a1ae",
    colorTextDescription: "#a9b6c2",
    colorTextPlaceholder: "#8b99a6",
    colorBorder: "#3a4753",
    colorBorderSecondary: "#28323c",
  },
} as const;

/** antd's theme for an appearance. */
export function themeFor(appearance: Appearance): ThemeConfig {
  return {
    algorithm: appearance === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: { ...SURFACES[appearance], fontFamily: FONTS, fontSize: 13, borderRadius: 4, controlHeight: 30, motionDurationMid: "0.12s" },
    components: {
      ...(appearance === "dark" ? { Button: { primaryColor: "#06121f" } } : {}),
      Form: { verticalLabelPadding: "0 0 4px" },
      Segmented: { trackPadding: 2 },
    },
  };
}
