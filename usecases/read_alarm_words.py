"""What an alarm or a fault code is called, in zh and en."""

from dataclasses import dataclass
from functools import lru_cache

from diagnosis.ruleset import packaged_ruleset
from fleet.signals import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


# SAE J1939-73, appendix A: failure mode identifiers.
_FMI: dict[int, Words] = {
    0: Words(zh="高于正常范围（最严重）", en="above normal range, most severe"),
    1: Words(zh="低于正常范围（最严重）", en="below normal range, most severe"),
    2: Words(zh="数据不稳定、间断或不正确", en="erratic, intermittent or incorrect"),
    3: Words(zh="电压高于正常或对高端短路", en="voltage above normal or shorted to high"),
    4: Words(zh="电压低于正常或对低端短路", en="voltage below normal or shorted to low"),
    5: Words(zh="电流低于正常或开路", en="current below normal or open circuit"),
    6: Words(zh="电流高于正常或接地", en="current above normal or grounded"),
    7: Words(zh="机械系统无响应或失调", en="mechanical system not responding or out of adjustment"),
    8: Words(zh="频率、脉宽或周期异常", en="abnormal frequency, pulse width or period"),
    9: Words(zh="更新速率异常", en="abnormal update rate"),
    10: Words(zh="变化率异常", en="abnormal rate of change"),
    11: Words(zh="根本原因未知", en="root cause not known"),
    12: Words(zh="智能设备或部件损坏", en="bad intelligent device or component"),
    13: Words(zh="超出标定范围", en="out of calibration"),
    14: Words(zh="特殊指示", en="special instructions"),
    15: Words(zh="高于正常范围（最轻）", en="above normal range, least severe"),
    16: Words(zh="高于正常范围（中等）", en="above normal range, moderately severe"),
    17: Words(zh="低于正常范围（最轻）", en="below normal range, least severe"),
    18: Words(zh="低于正常范围（中等）", en="below normal range, moderately severe"),
    19: Words(zh="接收到的网络数据有误", en="received network data in error"),
    20: Words(zh="数据向高漂移", en="data drifted high"),
    21: Words(zh="数据向低漂移", en="data drifted low"),
    31: Words(zh="状态存在", en="condition exists"),
}
# SAE J1939: what the most usual fault codes are about that no signal of the catalogue stands for.
_PARTS: dict[int, Words] = {
    27: Words(zh="EGR 阀位置", en="EGR valve position"),
    97: Words(zh="燃油含水", en="Water in fuel"),
    103: Words(zh="涡轮增压器转速", en="Turbocharger speed"),
    111: Words(zh="冷却液液位", en="Coolant level"),
    157: Words(zh="燃油共轨压力", en="Fuel rail pressure"),
    636: Words(zh="发动机位置传感器", en="Engine position sensor"),
    639: Words(zh="J1939 网络", en="J1939 network"),
    **{650 + n: Words(zh=f"{n} 缸喷油器", en=f"Injector of cylinder {n}") for n in range(1, 7)},
}
_PLATFORM: dict[str, Words] = {"machine_silent": Words(zh="设备失联", en="Machine silent")}


def alarm_words(source_kind: str, source_key: str, catalogue: Catalogue) -> Words:
    """The title of an alarm: the rule's, the fault code's, or the key itself where nobody has named it."""
    if source_kind == "dtc":
        return _code_words(source_key, catalogue)
    if source_kind == "rule" and (advice := _rules(catalogue).get(source_key)):
        return advice.title
    return _PLATFORM.get(source_key, Words(zh=source_key, en=source_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A rule's words."""

    title: Words
    owner: Words


def alarm_advice(source_kind: str, source_key: str, catalogue: Catalogue) -> Words | None:
    """One plain sentence for the machine's owner; None where the rule set has none for this source."""
    advice = _rules(catalogue).get(source_key) if source_kind == "rule" else None
    return advice.owner if advice else None


@lru_cache(maxsize=2)
def _rules(catalogue: Catalogue) -> dict[str, Advice]:
    return {
        rule.key: Advice(
            title=Words(zh=rule.title.zh, en=rule.title.en), owner=Words(zh=rule.owner.zh, en=rule.owner.en)
        )
        for rule in packaged_ruleset(catalogue).rules
    }


def _code_words(source_key: str, catalogue: Catalogue) -> Words:
    parts = source_key.split("/")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return Words(zh=source_key, en=source_key)
    return fault_words(int(parts[1]), int(parts[2]), catalogue)


def fault_words(spn: int, fmi: int, catalogue: Catalogue) -> Words:
    """A fault code in words: 'Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)'."""
    part = catalogue.by_spn.get(spn) or _PARTS.get(spn)
    mode = _FMI.get(fmi)
    code = f"SPN {spn} FMI {fmi}"
    zh, en = (part.zh, part.en) if part else ("故障码", "Fault code")
    if mode is None:
        return Words(zh=f"{zh}（{code}）", en=f"{en} ({code})")
    return Words(zh=f"{zh}：{mode.zh}（{code}）", en=f"{en}: {mode.en} ({code})")
