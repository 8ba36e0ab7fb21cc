"""Which column is which: the titles that old systems give to what we know."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.imports.normalise import Cell, half_width, shown

KINDS = ("customers", "vehicles", "parts", "operations", "orders")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: its name in the report and the titles it goes by."""

    name: str
    titles: tuple[str, ...]
    required: bool = False


def _f(name: str, titles: str, required: bool = False) -> Field:
    return Field(name, tuple(_plain(title) for title in titles.split()), required)


def _plain(title: str) -> str:
    """A title without blanks, units in brackets, stars and colons; in lower case."""
    squeezed = re.sub(r"[\s\u200b\ufeff*＊:：_]+", "", half_width(title)).lower()
    return re.sub(r"[(（\[【].*?[)）\]】]$", "", squeezed)


FIELDS: dict[str, tuple[Field, ...]] = {
    "customers": (
        _f(
            "number", "客户编号 客户代码 客户号 编号 会员号 客户ID customerno customernumber customerid number id", True
        ),
        _f("name", "客户名称 客户姓名 姓名 名称 客户 车主 车主姓名 单位名称 customername name customer", True),
        _f("kind", "客户类型 客户类别 类型 类别 客户性质 type customertype category"),
        _f("contact", "联系人 联系人姓名 contact contactperson"),
        _f("gender", "性别 gender sex"),
        _f("mobile", "手机 手机号 手机号码 移动电话 联系手机 联系电话 联系方式 mobile mobilephone cell cellphone"),
        _f("phone", "电话 固定电话 座机 办公电话 电话号码 家庭电话 phone tel telephone landline"),
        _f("address", "地址 联系地址 通讯地址 住址 家庭住址 address"),
        _f("postcode", "邮编 邮政编码 postcode zip zipcode"),
        _f("birthday", "生日 出生日期 出生年月 birthday dateofbirth birthdate"),
        _f("grade", "客户等级 等级 级别 会员等级 grade level"),
        _f("since", "建档日期 建档时间 创建日期 登记日期 首次来店 created createdon since"),
        _f("adviser", "服务顾问 顾问 专属顾问 接待 业务员 adviser advisor serviceadvisor serviceadviser"),
        _f("sms", "短信许可 接受短信 短信 是否接收短信 短信同意 sms smsconsent consent"),
        _f("remark", "备注 说明 附注 remark remarks note notes comment"),
    ),
    "vehicles": (
        _f("plate", "车牌号 车牌 牌照号 牌照 车牌号码 号牌 plate platenumber licenseplate licenceplate", True),
        _f("vin", "VIN VIN码 车架号 底盘号 车辆识别代号 车辆识别码 车架号码 vinno vincode chassisno", True),
        _f("model", "车型 车型名称 型号 车辆型号 车系 model modelname"),
        _f("series", "底盘型号 底盘 车系代码 平台 series chassis baureihe"),
        _f("engine", "发动机号 发动机号码 电机号 engine engineno enginenumber"),
        _f("energy", "能源类型 燃料类型 动力类型 燃料 能源 energy fuel fueltype"),
        _f("colour", "颜色 车身颜色 外观颜色 color colour"),
        _f("purchased", "购车日期 购买日期 销售日期 开票日期 上牌日期 purchasedate purchased solddate"),
        _f("customer", "客户编号 客户代码 车主编号 客户号 customerno customernumber customerid owner ownerno"),
        _f("insurer", "保险公司 承保公司 insurer insurance insurancecompany"),
        _f("insurance", "保险到期 保险到期日 保险到期日期 交强险到期 insuranceexpiry insuranceexpires insurancedue"),
        _f(
            "inspection",
            "年检到期 年检到期日 年审到期 验车到期 年检日期 inspectionexpiry inspectionexpires inspectiondue",
        ),
        _f("mileage", "最近里程 里程 行驶里程 里程数 公里数 当前里程 mileage km odometer"),
        _f("visited", "最近进厂 最近进厂日期 上次进厂 最近来店 lastvisit lastservice"),
        _f("remark", "备注 说明 附注 remark remarks note notes"),
    ),
    "parts": (
        _f("number", "配件编码 配件编号 配件号 零件号 零件编号 件号 编码 备件号 partno partnumber number", True),
        _f("name", "名称 配件名称 零件名称 品名 备件名称 name partname description", True),
        _f("category", "类别 配件类别 分类 种类 category group"),
        _f("origin", "性质 配件性质 品质 来源 origin quality type"),
        _f("unit", "单位 计量单位 unit uom"),
        _f("purchase", "进价 含税进价 采购价 成本价 进货价 purchaseprice cost costprice purchase"),
        _f("retail", "零售价 销售价 售价 含税零售价 单价 retailprice saleprice price retail"),
        _f("vat", "税率 增值税率 vat taxrate tax"),
        _f("stock", "库存数量 库存 数量 现存量 结存数量 在库数 stock quantity qty onhand"),
        _f("minimum", "最低库存 安全库存 库存下限 minstock minimum safetystock"),
        _f("bin", "货位 库位 仓位 货架号 货位号 bin location shelf"),
        _f("supplier", "供应商 供货商 厂家 供应商名称 supplier vendor"),
        _f("successor", "替代件 替换件 新件号 替代号 successor replacement supersededby"),
        _f("received", "最近入库 最近入库日期 入库日期 lastreceipt lastreceived"),
        _f("remark", "备注 说明 附注 remark remarks note notes"),
    ),
    "operations": (
        _f("code", "工时代码 项目代码 工时编码 项目编号 作业代码 代码 code operationcode operationno", True),
        _f("name", "项目名称 工时名称 作业名称 维修项目 名称 name operation description", True),
        _f("hours", "标准工时 工时 工时数 定额工时 standardtime hours time", True),
        _f("rate", "工时单价 单价 工时费率 工时价 rate hourlyrate price", True),
        _f("series", "适用车型 车型 适用车系 车系 series models"),
        _f("remark", "备注 说明 附注 remark remarks note notes"),
    ),
    "orders": (
        _f("number", "工单号 委托书号 单号 工单编号 维修单号 结算单号 orderno ordernumber order rono", True),
        _f("kind", "工单类型 维修类型 业务类型 修理类别 ordertype"),
        _f("arrived", "进厂日期 进厂时间 接车日期 开单日期 来厂日期 arrived arrivaldate datein opened"),
        _f("plate", "车牌号 车牌 牌照号 车牌号码 plate platenumber licenseplate"),
        _f("vin", "VIN VIN码 车架号 底盘号 vinno"),
        _f("mileage", "里程 进厂里程 行驶里程 里程数 公里数 mileage km odometer"),
        _f("line_kind", "类别 明细类别 行类型 项目类别 linetype category", True),
        _f("line_name", "项目/配件 项目名称 名称 项目 配件名称 维修项目 明细 item description", True),
        _f("line_code", "代码 项目代码 配件编码 编码 编号 code itemcode"),
        _f("quantity", "数量 工时数 工时 工时/数量 qty quantity hours"),
        _f("price", "单价 price unitprice"),
        _f("amount", "金额 小计金额 实收金额 总价 amount linetotal", True),
        _f("payer", "付费方 付费方式 结算方式 付款方 账类 payer paidby"),
        _f("settled", "结算日期 结算时间 出厂日期 完工日期 settled settlementdate closed"),
        _f("adviser", "服务顾问 顾问 接待 接车员 adviser advisor serviceadvisor"),
        _f("technician", "维修技师 技师 主修人 维修工 维修人员 technician mechanic"),
        _f("total", "工单合计 合计金额 工单金额 合计 总计 总金额 ordertotal total"),
        _f("remark", "备注 说明 附注 remark remarks note notes"),
    ),
}


def match(kind: str, cells: list[Cell]) -> dict[int, str] | None:
    """column → field name when this row is the header of ``kind``, else None.

    A header names every required field; of vehicles one of plate and VIN is enough.
    """
    found: dict[int, str] = {}
    taken: set[str] = set()
    titles = [_plain(shown(cell)) if isinstance(cell, str) else "" for cell in cells]
    # The first title in a field's list is its usual one: exact matches of better titles win over later synonyms.
    for field in FIELDS[kind]:
        for title in field.titles:
            columns = [i for i, text in enumerate(titles) if text == title and i not in found]
            if columns and field.name not in taken:
                found[columns[0]] = field.name
                taken.add(field.name)
    required = {field.name for field in FIELDS[kind] if field.required}
    if kind == "vehicles":
        return found if taken & {"plate", "vin"} and len(taken) >= 3 else None
    return found if required <= taken else None


def best_kind(cells: list[Cell]) -> str | None:
    """The kind whose header this row would be, for saying that the file is of another kind than asked for."""
    sizes = {kind: len(match(kind, cells) or {}) for kind in KINDS}
    kind = max(sizes, key=sizes.__getitem__)
    return kind if sizes[kind] else None
