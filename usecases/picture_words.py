"""The words of pictures in Chinese and English, and the font that Chinese needs."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from matplotlib import font_manager

FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the first face that is found in Debian's file of all
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "causes": "Likely causes",
        "untold": "no causes are known of this source",
        "speaks_for": "yes:",
        "speaks_against": "no:",
        "unknown": "not known:",
        "check": "Next check",
        "parts": "Parts",
        "found": "found",
        "then": "when found",
        "doubt": "(not trusted)",
        "condition": "Condition",
        "for": "for",
        "own": "own limit",
        "regime": "At work",
        "data": "Data",
        "received": "received of expected",
        "gaps": "grey: gaps",
        "refused": "refused",
        "similar": "Similar past cases",
        "none": "none known",
        "nobody": "no verdict",
        "utc": "time (UTC)",
        "nothing": "no readings to show",
    },
    "zh": {
        "causes": "可能原因",
        "untold": "此来源的原因未知",
        "speaks_for": "是：",
        "speaks_against": "否：",
        "unknown": "未知：",
        "check": "下一步检查",
        "parts": "备件",
        "found": "判定",
        "then": "判定时",
        "doubt": "（不可信）",
        "condition": "条件",
        "for": "持续",
        "own": "本机限值",
        "regime": "工况",
        "data": "数据",
        "received": "到达率",
        "gaps": "灰色：缺口",
        "refused": "拒收",
        "similar": "相似案例",
        "none": "暂无",
        "nobody": "尚无结论",
        "utc": "时间 (UTC)",
        "nothing": "无可显示的读数",
    },
}
CODES: Mapping[str, Mapping[str, str]] = {
    "en": {
        **{"true_fault": "true fault", "not_found": "nothing found"},
        **{"platform_away": "platform away", "engine_off": "engine off", "not_received": "nothing came"},
    },
    "zh": {
        **{"critical": "紧急", "high": "高", "medium": "中", "low": "低", "info": "提示"},
        **{"unknown": "未知", "off": "停机", "running": "运转", "idle": "怠速"},
        **{"light load": "轻载", "medium load": "中载", "heavy load": "重载"},
        **{"platform_away": "平台离线", "engine_off": "停机", "not_received": "未收到"},
        **{"true_fault": "真实故障", "nuisance": "误报", "sensor": "传感器", "not_found": "未发现"},
    },
}
LOADED = ("light", "medium", "heavy")


class Said(NamedTuple):
    """The language of a picture, and its words."""

    language: str

    def word(self, key: str) -> str:
        """A word of the picture's own."""
        return WORDS[self.language][key]

    def code(self, key: str) -> str:
        """A severity, a reason, a verdict; the code itself where it is its own word."""
        return CODES[self.language].get(key, key)

    def regime(self, key: str) -> str:
        """What a machine was at."""
        return self.code(f"{key} load" if key in LOADED else key)

    def text(self, words: Mapping[str, str]) -> str:
        """A text that is there in both languages."""
        return words[self.language]


@cache
def chinese_font() -> str | None:
    """A font of this host that has Chinese; None without one."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in FONTS if name in known), None)
