"""The demo's tools: what hangs on the board of a shop, some of it in somebody's hands."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.demo.masters import Shop, acting
from app.domain.staff.model import Role
from app.domain.tools import operations
from app.domain.tools.states import ReturnCondition, ToolKind, ToolMove
from app.kernel.clock import FixedClock, business_date

# number, name, kind, place, serial number, calibrated every (days), days since the last calibration
TOOLS = (
    ("GJ-0001", "扭力扳手 20–100 N·m", "torque", "工具板 A-01", "TW100-23417", 365, 120),
    ("GJ-0002", "扭力扳手 40–200 N·m", "torque", "工具板 A-02", "TW200-11862", 365, 345),
    ("GJ-0003", "扭力扳手 100–500 N·m", "torque", "工具板 A-03", "TW500-08835", 365, 371),
    ("GJ-0004", "数显扭力角度扳手", "torque", "工具柜 B-01", "TA340-55120", 365, 60),
    ("GJ-0005", "诊断仪平板", "diagnostic", "诊断柜 1", "XD-779102", None, None),
    ("GJ-0006", "诊断接口 VCI", "diagnostic", "诊断柜 1", "VCI-40413", None, None),
    ("GJ-0007", "汽车示波器 四通道", "diagnostic", "诊断柜 2", "PS4425-218", 730, 200),
    ("GJ-0008", "绝缘电阻测试仪", "measuring", "高压柜", "F1587-3391", 365, 90),
    ("GJ-0009", "验电笔 CAT III 1000 V", "measuring", "高压柜", "VT-10257", 365, 150),
    ("GJ-0010", "绝缘手套 0 级 1000 V（10 号）", "insulating", "高压柜", "GL0-10-07", 183, 100),
    ("GJ-0011", "绝缘工具套装 1000 V", "insulating", "高压柜", "VDE-36-02", 183, 30),
    ("GJ-0012", "正时工具套装 M264", "special", "专用工具墙 12", "", None, None),
    ("GJ-0013", "球头拉拔器", "special", "专用工具墙 07", "", None, None),
    ("GJ-0014", "制动活塞复位工具", "special", "专用工具墙 03", "", None, None),
    ("GJ-0015", "工业内窥镜 6 mm", "other", "工具柜 B-02", "IE6-90233", None, None),
    ("GJ-0016", "胎纹深度尺（数显）", "measuring", "工具柜 B-03", "TD-00418", 365, 20),
)


def fill(session: Session, shop: Shop, now: datetime) -> None:
    """The register, two tools lent this morning, one since yesterday, and one that fell down last week."""
    crew, clerk = shop.staff[Role.TECHNICIAN], acting(shop.staff[Role.PARTS_CLERK][0])
    manager, today = acting(shop.staff[Role.PARTS_MANAGER][0]), business_date(now)
    clock = FixedClock(now - timedelta(days=20))
    made = {}
    for number, name, kind, place, serial, days, since in TOOLS:
        facts = {"number": number, "name": name, "kind": ToolKind(kind), "place": place, "serial": serial}
        last = today - timedelta(days=since) if since is not None else None
        made[number] = operations.register(
            session, manager, clock, {**facts, "calibration_days": days}, calibrated_on=last
        )
    fallen = made["GJ-0013"]
    clock.at = now - timedelta(days=6)
    operations.lend(session, clerk, clock, fallen, crew[-1], clock.now() + timedelta(hours=4))
    clock.advance(timedelta(hours=3))
    operations.take_back(session, clerk, clock, fallen, ReturnCondition.DAMAGED, "螺杆滑丝")
    clock.advance(timedelta(days=2))
    operations.move(session, manager, clock, fallen, ToolMove.REPAIR, "已更换螺杆")
    clock.at = now - timedelta(hours=22)
    operations.lend(session, clerk, clock, made["GJ-0012"], crew[1 % len(crew)], now - timedelta(hours=14))
    clock.at = now - timedelta(minutes=70)
    operations.lend(session, clerk, clock, made["GJ-0005"], crew[0], now + timedelta(hours=5))
    operations.lend(session, clerk, clock, made["GJ-0010"], crew[0], now + timedelta(hours=5))
