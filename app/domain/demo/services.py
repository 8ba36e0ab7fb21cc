"""What cars come for: popular services and rarer repairs, with the parts that they take and who usually pays."""

from __future__ import annotations

import random
from dataclasses import dataclass

from app.domain.repair_orders.states import Payer, RepairKind


@dataclass(frozen=True, slots=True)
class Service:
    """A reason to come: operations and parts by code, how often in a thousand visits, and who pays."""

    share: int
    words: str
    codes: tuple[str, ...]
    parts: tuple[tuple[str, int], ...] = ()  # number and thousandths
    kind: RepairKind = RepairKind.MINOR
    energies: frozenset[str] = frozenset({"fuel", "hybrid", "electric"})
    # (payer, in a hundred); the rest is paid by the customer
    others: tuple[tuple[Payer, int], ...] = ()
    months: frozenset[int] = frozenset()  # when it comes three times as often


_ENGINE = frozenset({"fuel", "hybrid"})
_PLUG = frozenset({"hybrid", "electric"})
_FIRST = RepairKind.FIRST_MAINTENANCE
_OIL = (("A2701800109", 1000), ("A0009898009", 6500), ("N0000000048", 1000))
_OIL_M264 = (("A2641800800", 1000), ("A0009898009", 6000), ("N0000000048", 1000))
_B_PARTS = (*_OIL, ("A2058350147", 1000), ("A2700940004", 1000))
_WARRANTY, _INSURER, _GOODWILL, _INTERNAL = Payer.WARRANTY, Payer.INSURER, Payer.GOODWILL, Payer.INTERNAL
_HARD = ((_WARRANTY, 45), (_GOODWILL, 4))
_CRASH = ((_INSURER, 75),)
_SUMMER, _WINTER = frozenset({5, 6, 7, 8}), frozenset({12, 1, 2})

SERVICES = (
    Service(210, "仪表提示保养到期，做 A 类保养。", ("00-2095",), _OIL, _FIRST, _ENGINE),
    Service(90, "到了保养里程，做小保养。", ("00-2095",), _OIL_M264, _FIRST, _ENGINE),
    Service(150, "做 B 类保养，顺便全车检查。", ("00-2096",), _B_PARTS, _FIRST, _ENGINE),
    Service(60, "B 类保养，制动液到期更换。", ("00-2096", "42-0160"), (*_B_PARTS, ("A0009890807", 1000)), _FIRST, _ENGINE),
    Service(50, "纯电车年度保养。", ("00-1439",), (("A2058350147", 1000),), _FIRST, frozenset({"electric"})),
    Service(60, "刹车有吱吱声，前片快没了。", ("42-1180",), (("A0004202105", 1000),)),
    Service(30, "后制动片报警。", ("42-1190",), (("A0004208204", 1000),)),
    Service(20, "刹车抖，换前盘和片。", ("42-1210",), (("A0004202105", 1000), ("A2054211012", 2000))),
    Service(35, "空调出风口有异味，换滤芯。", ("83-5510",), (("A2058350147", 1000),), months=_SUMMER),
    Service(
        12, "空调不够冷。", ("83-4640",), (("A0005830400", 600),), others=((_WARRANTY, 25),), months=_SUMMER
    ),
    Service(35, "早上打不着车，电瓶没电。", ("54-1010",), (("A0009823308", 1000),), others=((_WARRANTY, 20),), months=_WINTER),
    Service(30, "右后轮扎钉，换一条轮胎。", ("40-1020", "40-0710"), (("Q44022545R18", 1000), ("A1669900302", 2000))),
    Service(14, "换两条前胎。", ("40-1020", "40-0710"), (("Q44024540R19", 2000),)),
    Service(35, "高速跑偏，做四轮定位。", ("40-3210",)),
    Service(45, "发动机故障灯亮，检查一下。", ("54-7522",), others=((_WARRANTY, 40), (_GOODWILL, 3))),
    Service(18, "中控偶尔黑屏，重新编程。", ("54-7522", "54-4195"), others=((_WARRANTY, 70),)),
    Service(
        14, "变速箱换油保养。", ("27-2710",), (("A0019897803", 6000), ("A7252770100", 1000)), RepairKind.ASSEMBLY, _ENGINE
    ),
    Service(16, "怠速抖动，换火花塞。", ("15-1560",), (("A0041591803", 4000),), energies=frozenset({"fuel"})),
    Service(16, "冷却液到期。", ("20-1460",), (("A0009891625", 3000),)),
    Service(7, "水泵漏水。", ("20-2010",), (("A2742000501", 1000), ("A0009891625", 2000)), energies=_ENGINE, others=_HARD),
    Service(6, "前减震漏油。", ("32-1410", "40-3210"), (("A2053206730", 2000),), others=_HARD),
    Service(6, "过减速带前面咯噔响。", ("33-2230", "40-3210"), (("A2053301505", 1000),), others=_HARD),
    Service(6, "方向盘不正，转向有异响。", ("46-1010",), others=_HARD),
    Service(24, "雨刮刮不干净。", ("82-4110",), (("A2058201645", 1000),)),
    Service(4, "左前大灯不亮。", ("82-1050",), (("A2069005102", 1000),), others=((_WARRANTY, 60),)),
    Service(26, "前保险杠剐蹭，走保险喷漆。", ("60-1210",), kind=RepairKind.BODY, others=_CRASH),
    Service(
        4, "追尾，换前保险杠。", ("60-1210",), (("A20588014409999", 1000),), kind=RepairKind.BODY, others=_CRASH
    ),
    Service(12, "左前翼子板刮伤，钣金喷漆。", ("60-3110",), kind=RepairKind.BODY, others=_CRASH),
    Service(14, "全车内饰清洁。", ("98-1200",), others=((_INTERNAL, 45),)),
    Service(8, "充电报绝缘故障。", ("54-9310",), (("A2953400000", 1000),), energies=_PLUG, others=((_WARRANTY, 65),)),
    Service(10, "胎压传感器坏了一个。", ("40-0710",), (("A0009051204", 1000),)),
)  # fmt: skip

# What is offered besides or found on the lift.
EXTRAS = (
    Service(40, "雨刮片老化，建议更换", ("82-4110",), (("A2058201645", 1000),)),
    Service(30, "空调滤清器脏污严重", ("83-5510",), (("A2058350147", 1000),)),
    Service(24, "制动液含水量超标", ("42-0160",), (("A0009890807", 1000),)),
    Service(22, "前制动片剩余 3 mm，建议更换", ("42-1180",), (("A0004202105", 1000),)),
    Service(14, "空气滤清器脏", ("09-4010",), (("A2700940004", 1000),), energies=_ENGINE),
    Service(10, "右前轮胎鼓包", ("40-1020",), (("Q44022545R18", 1000),)),
    Service(8, "辅助蓄电池电压偏低", ("54-1010",), (("A0009823308", 1000),)),
    Service(6, "胎纹偏磨，建议四轮定位", ("40-3210",)),
)

DECLINED_BY_LINK = 45  # in a hundred, of what is found on the lift

# What customers say when they are called; the last ones with the bad marks.
PRAISE = ("很满意", "服务态度很好", "比约定时间早，不错", "没问题", "价格有点贵，总体满意", "休息区不错", "")
BLAME = ("等的时间太长", "问题还在，要再来一次", "价格比预估高，没解释清楚", "洗车没洗干净", "提车晚了两个小时")
AMENDS = ("已回电致歉，安排免费复检", "已解释费用明细，客户接受", "已送洗车券，客户满意", "顾问当面道歉")
PROMISE_REASONS = ("配件到货晚", "增加维修项目", "技师排班紧", "喷漆需要烘干时间", "客户要求晚点取车")
REJECTIONS = ("扭矩未复核", "底护板螺丝缺一颗", "试车仍有轻微异响", "机油液位偏高", "内饰有油渍")
MISSED = ("客户临时有事", "改天再约", "孩子生病", "出差")


class Demand:
    """Draws services for a car in a season, popular ones most."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self._known: dict[tuple[str, int], tuple[list[Service], list[int]]] = {}
        self._extras: dict[str, list[Service]] = {}

    def reason(self, energy: str, month: int) -> Service:
        """Why a car comes."""
        found = self._known.get((energy, month))
        if found is None:
            fit = [service for service in SERVICES if energy in service.energies]
            total, shares = 0, []
            for service in fit:
                total += service.share * (3 if month in service.months else 1)
                shares.append(total)
            found = self._known[energy, month] = (fit, shares)
        return self.dice.choices(found[0], cum_weights=found[1])[0]

    def extra(self, energy: str, taken: set[str]) -> Service | None:
        """Something besides that is not on the order yet."""
        if energy not in self._extras:
            self._extras[energy] = [e for e in EXTRAS for _ in range(e.share // 2) if energy in e.energies]
        found = self.dice.choice(self._extras[energy])
        return None if taken.intersection(found.codes) else found

    def payer(self, service: Service) -> Payer:
        """Who pays it."""
        roll = self.dice.randrange(100)
        for payer, share in service.others:
            if roll < share:
                return payer
            roll -= share
        return Payer.CUSTOMER
