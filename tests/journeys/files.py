"""The files that people bring along: exports of the old system, photos."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

CUSTOMER, PHONE, PLATE, VIN = "欧阳听澜", "19900004321", "沪N0E116", "LE4ZG4CB3LL803910"
INITIALS = "oytl"
CUSTOMERS = (
    "客户编号,客户名称,客户类型,手机,地址\n"
    f"JX0001,{CUSTOMER},个人,{PHONE},上海市闵行区听澜路 1 号\n"
    "JX0002,上海清荷物流有限公司,公司,19900005678,上海市松江区青萝街 8 号\n"
    "JX0003,,个人,19900006789,上海市徐汇区沁园街 3 号\n"
)
VEHICLES = f"车牌号,VIN,车型,颜色,客户编号,里程\n{PLATE},{VIN},E 300 L,北极白,JX0001,52000\n"


def export(folder: Path, name: str, text: str) -> Path:
    """A file as the old system writes it: GB 18030, as Excel in China does."""
    path = folder / name
    path.write_bytes(text.encode("gb18030"))
    return path


def photo(folder: Path, name: str, size: tuple[int, int] = (1600, 1200)) -> Path:
    """A photo as a tablet takes it."""
    picture = Image.new("RGB", size, (118, 96, 70))
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((400, 250, 1200, 950), outline=(200, 200, 205), width=60)
    drawing.line((300, 1000, 1300, 300), fill=(60, 50, 45), width=25)
    path = folder / name
    picture.save(path, "JPEG", quality=85)
    return path
