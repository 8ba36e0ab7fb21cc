"""The demo's accessories: what lies in the glass cabinet beside the till, and what was sold of it today."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.billing.model import TenderMethod
from app.domain.catalogue.model import Part, PartOrigin
from app.domain.counter_sales import operations as sales
from app.domain.counter_sales import paying, pickups, returns
from app.domain.counter_sales.paying import Payment
from app.domain.demo.masters import Shop, acting, net_cost
from app.domain.staff.model import Role
from app.domain.staff.pinyin import search_key
from app.domain.stock import operations as stock
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock

# number, name, unit, price in fen, on the shelf
ACCESSORIES = (
    ("B 6 695 5201", "全天候脚垫套装 E 级", "套", 128000, 8),
    ("B 6 695 7710", "后备箱垫 GLC", "件", 69800, 5),
    ("B 6 788 1022", "香氛补充瓶 65 毫升", "瓶", 48000, 14),
    ("B 6 799 3305", "行车记录仪 前后双录", "套", 238000, 4),
    ("B 6 787 0990", "车标投影门灯（一对）", "对", 56000, 6),
    ("B 6 656 2214", "儿童安全座椅（硬接口）", "件", 329000, 2),
    ("B 6 799 4118", "无线充电手机支架", "件", 39800, 11),
    ("B 6 695 8840", "便携充气泵", "件", 36800, 7),
    ("B 6 799 0071", "车载冰箱 20 L", "件", 168000, 0),
    ("B 6 787 4402", "真皮钥匙包", "件", 29800, 16),
)

# What customers read of it.
ONLINE = (
    ("B 6 695 5201", "四片装，原厂卡扣固定，适用 E 级轿车。"),
    ("B 6 695 7710", "耐磨防水，边缘加高，适用 GLC。"),
    ("B 6 788 1022", "原厂香氛系统补充瓶。"),
    ("B 6 799 3305", "前后双录，停车监控，含安装。"),
    ("B 6 787 0990", "开门投影三叉星徽，一对。"),
    ("B 6 656 2214", "适合 9 至 36 公斤儿童，硬接口安装。"),
    ("B 6 799 0071", "压缩机制冷，12 V 供电。"),
)


def fill(session: Session, shop: Shop, now: datetime) -> None:
    """The cabinet, three sales of this morning, one piece brought back, and a customer who is still choosing."""
    parts = {}
    place = stock.ensure_bin(session, "P-01-01")
    for display, name, unit, retail, stocked in ACCESSORIES:
        part = Part(
            number=display.replace(" ", ""),
            number_display=display,
            name=name,
            pinyin=search_key(name),
            origin=PartOrigin.GENUINE,
            unit=unit,
            purchase_fen=retail * 2 // 3,
            retail_fen=retail,
            category="精品",
            created_at=shop.opened_at,
        )
        session.add(part)
        session.flush()
        parts[display] = part
        clock = FixedClock(now - timedelta(hours=3))
        if stocked:
            stock.receive(
                session,
                SYSTEM,
                clock,
                part_id=part.id,
                bin_id=place.id,
                quantity_milli=stocked * 1000,
                value_fen=net_cost(part.purchase_fen, stocked * 1000),
                source="demo",
                source_id=part.id,
            )
    cashier, manager = acting(shop.staff[Role.CASHIER][0]), acting(shop.staff[Role.SERVICE_MANAGER][0])
    sold = (
        (150, ("B 6 788 1022", "B 6 787 4402"), TenderMethod.WECHAT),
        (95, ("B 6 695 5201",), TenderMethod.ALIPAY),
        (40, ("B 6 799 4118",), TenderMethod.CASH),
    )
    for minutes, numbers, method in sold:
        clock.at = now - timedelta(minutes=minutes)
        sale = sales.begin(session, cashier, clock)
        for number in numbers:
            sales.add(session, cashier, clock, sale, parts[number])
        paying.pay(session, cashier, clock, sale, sale.version, [Payment(method, sale.total_fen)])
    clock.at = now - timedelta(minutes=20)
    returns.take_back(session, manager, clock, sale, {sale.lines[0].id: 1000}, TenderMethod.CASH, "与车型不匹配")
    clock.at = now - timedelta(minutes=5)
    for number, words in ONLINE:
        pickups.show(session, manager, clock, parts[number], online=True, words=words)
    for number, name, phone in (("B 6 695 7710", "秦女士", "19900003141"), ("B 6 787 0990", "沈先生", "19900002718")):
        pickups.reserve(
            session,
            clock,
            parts[number].id,
            name=name,
            phone=phone,
            pieces=1,
            consent=True,
            address=phone,
            secret="demo",
        )
    cart = sales.begin(session, cashier, clock)
    sales.add(session, cashier, clock, cart, parts["B 6 799 3305"])
