"""The words of pictures in Chinese and English, and the font that Chinese needs."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal, NamedTuple

from matplotlib import font_manager

from usecases.fetched_font import FAMILY, FETCHED

Language = Literal["zh", "en"]
FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the first face that is found in Debian's file of all
    "Source Han Sans SC",
    FAMILY,
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
)
TICKS: Mapping[str, Any] = {  # from years to seconds, in figures alone: the months' names of strftime are English
    "formats": ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"],
    "zero_formats": ["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"],
    "offset_formats": ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"],
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "causes": "Likely causes",
        "typical": "Causes, as such findings usually have them",
        "order": "Possible causes, not weighed",
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
        "no_parts": "none needed",
        "own_part": "'{}', no listed part",
        "withdrawn": "TAKEN BACK",
        "was": "was: {}",
        "codes": "Codes of one cause ({})",
        "root": "cause:",
        "rootless": "the cause has no code of its own: told from the others",
        "shares": "What drove it (1: the model's border)",
        "expected": "expected",
        "distrusted": "Sensor not trusted",
        "score": "trust",
        "silenced": "Silent meanwhile",
        "more": " and {} more",
        "comma": ", ",
    },
    "zh": {
        "causes": "可能原因",
        "typical": "可能原因（通常比例，非本机证据）",
        "order": "可能原因（未加权）",
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
        "no_parts": "无需备件",
        "own_part": "“{}”，不在部件表中",
        "withdrawn": "已撤回",
        "was": "原为：{}",
        "codes": "同一原因的故障码（{}个）",
        "root": "根因：",
        "rootless": "根因本身没有故障码：由其余故障码推断",
        "shares": "各信号的贡献（1为模型边界）",
        "expected": "预期",
        "distrusted": "不可信的传感器",
        "score": "可信度",
        "silenced": "因此静默的规则",
        "more": " 等，另有{}个",
        "comma": "、",
    },
}
CODES: Mapping[str, Mapping[str, str]] = {
    "en": {
        **{"true_fault": "true fault", "not_found": "nothing found"},
        **{
            "rate": "changes too fast",
            "physics": "others say otherwise",
            "dropout": "drops out",
            "errors": "reports errors",
        },
        **{"platform_away": "platform away", "engine_off": "engine off", "not_received": "nothing came"},
    },
    "zh": {
        **{"critical": "紧急", "high": "高", "medium": "中", "low": "低", "info": "提示"},
        **{"unknown": "未知", "off": "停机", "running": "运转", "idle": "怠速"},
        **{"light load": "轻载", "medium load": "中载", "heavy load": "重载"},
        **{
            "stuck": "卡滞",
            "rate": "变化过快",
            "physics": "与其他信号矛盾",
            "dropout": "时断时续",
            "errors": "上报错误",
        },
        **{"platform_away": "平台离线", "engine_off": "停机", "not_received": "未收到"},
        **{"true_fault": "确有故障", "nuisance": "误报", "sensor": "传感器", "not_found": "未发现异常"},
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
    """A font that has Chinese: of this host, else the one that set-up fetched; None without either."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    if known.isdisjoint(FONTS) and FETCHED.exists():
        font_manager.fontManager.addfont(FETCHED)
        faces = font_manager.fontManager.ttflist
        faces += [replace(face, weight=700) for face in faces if face.name == FAMILY]  # it has no bold of its own
        known.add(FAMILY)
    return next((name for name in FONTS if name in known), None)


def readable(language: str) -> Language:
    """The language of a picture on this host: Chinese only with a font for it."""
    return "zh" if language == "zh" and chinese_font() is not None else "en"


def families(language: Language) -> list[str]:
    """The fonts to look for its letters in, in this order."""
    font = chinese_font()
    found = [*([font] if font is not None else []), "DejaVu Sans"]
    return found if language == "zh" else found[::-1]
