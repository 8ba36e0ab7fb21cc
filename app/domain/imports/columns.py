"""Which column is which: the titles that old systems give to what we know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from app.domain.imports.cells import Cell, half_width

# Fields that are numbers: 570 in a spreadsheet and 570.00 in a text file are the same figure.
NUMERIC = frozenset(
    [
        "mileage",
        "quantity",
        "price",
        "amount",
        "total",
        "pack",
        "purchase",
        "retail",
        "stock",
        "minimum",
        "hours",
        "rate",
    ]
)
KINDS = ("customers", "vehicles", "parts", "operations", "orders", "prices")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: its name in the report and the titles it goes by."""

    name: str
    titles: tuple[str, ...]
    required: bool = False
    usual: str = ""  # as it is printed on top of a column


def _f(name: str, titles: str, required: bool = False) -> Field:
    return Field(name, tuple(_plain(title) for title in titles.split()), required, titles.split()[0])


def _plain(title: str) -> str:
    """A title without blanks, units in brackets, stars and colons; in lower case."""
    squeezed = re.sub(r"[\s\u200b\ufeff*＊:：_.#'\"\-]+", "", half_width(title)).lower()
    return re.sub(r"[(（\[【].*?[)）\]】]$", "", squeezed)


FIELDS: dict[str, tuple[Field, ...]] = {
    "customers": (
        _f(
            "number",
            "客户编号 客户代码 客户编码 客户号 编号 会员号 会员编号 档案号 客户档案号 客户ID custno customerno "
            "customernumber customerid customercode number no id",
            True,
        ),
        _f(
            "name",
            "客户名称 客户姓名 姓名 名称 客户 车主 车主姓名 车主名称 单位名称 客户全称 customername fullname name customer owner",
            True,
        ),
        _f("kind", "客户类型 客户类别 类型 类别 客户性质 type customertype category"),
        _f("contact", "联系人 联系人姓名 contact contactperson"),
        _f("gender", "性别 gender sex"),
        _f(
            "mobile",
            "手机 手机号 手机号码 移动电话 客户手机 客户手机号 车主手机 联系手机 手机1 联系电话 联系方式 mobile mobileno "
            "mobilenumber mobilephone cell cellphone",
        ),
        _f(
            "phone",
            "电话 固定电话 固话 座机 办公电话 电话号码 客户电话 家庭电话 单位电话 联系电话 联系方式 电话1 phone phoneno "
            "phonenumber tel telephone landline officephone",
        ),
        _f(
            "phone2",
            "备用电话 其他电话 其它电话 第二电话 手机2 电话2 备用手机 紧急联系电话 联系人电话 联系人手机 otherphone phone2 mobile2",
        ),
        _f("address", "地址 联系地址 通讯地址 通信地址 住址 家庭住址 客户地址 详细地址 address addr"),
        _f("postcode", "邮编 邮政编码 邮政编号 postcode zip zipcode"),
        _f("birthday", "生日 出生日期 出生年月 birthday dateofbirth birthdate"),
        _f("grade", "客户等级 客户级别 等级 级别 会员等级 会员级别 grade level"),
        _f(
            "since",
            "建档日期 建档时间 创建日期 创建时间 登记日期 录入日期 首次来店 首次进厂 created createdate createdon since",
        ),
        _f("adviser", "服务顾问 顾问 专属顾问 归属顾问 接待 业务员 sa adviser advisor serviceadvisor serviceadviser"),
        _f("sms", "短信许可 接受短信 短信 短信授权 是否接收短信 短信同意 sms smsconsent consent"),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes comment"),
    ),
    "vehicles": (
        _f(
            "plate",
            "车牌号 车牌 牌照号 牌照 牌照号码 车牌号码 车号 号牌 plate plateno platenumber licenseplate "
            "licenseplateno licenceplate licenceplateno registration regno",
            True,
        ),
        _f(
            "vin",
            "VIN VIN码 VIN号 车架号 车架 底盘号 底盘号码 车辆识别代号 车辆识别代码 车辆识别码 车辆识别号 车架号码 vinno "
            "vinnumber vincode chassisno chassisnumber",
            True,
        ),
        _f("model", "车型 车型名称 型号 车辆型号 车型描述 车系 model vehiclemodel modelname"),
        _f("series", "底盘型号 底盘 车系代码 平台 series chassis baureihe"),
        _f("engine", "发动机号 发动机号码 发动机编号 电机号 engine engineno enginenumber"),
        _f("energy", "能源类型 燃料类型 动力类型 燃料 能源 energy fuel fueltype"),
        _f("colour", "颜色 车身颜色 外观颜色 车色 外色 color colour"),
        _f(
            "purchased",
            "购车日期 购车时间 购买日期 销售日期 开票日期 交车日期 上牌日期 初登日期 purchasedate purchased solddate",
        ),
        _f(
            "customer",
            "客户编号 客户代码 客户编码 车主编号 客户号 会员号 customerno custno customernumber customerid owner ownerno",
        ),
        _f("insurer", "保险公司 承保公司 insurer insurance insurancecompany"),
        _f(
            "insurance",
            "保险到期 保险到期日 保险到期日期 保险有效期 保险截止日期 商业险到期 交强险到期 insuranceexpiry insuranceexpires insurancedue",
        ),
        _f(
            "inspection",
            "年检到期 年检到期日 年检到期日期 年检有效期 年审到期 年审到期日 验车到期 年检日期 inspectionexpiry "
            "inspectionexpires inspectiondue",
        ),
        _f("mileage", "最近里程 里程 行驶里程 里程数 公里数 当前里程 最新里程 表显里程 mileage mileagekm km odometer"),
        _f(
            "visited",
            "最近进厂 最近进厂日期 最近进厂时间 上次进厂 上次进厂日期 最近来店 最后来店 最后进厂日期 最近维修日期 lastvisit lastvisitdate lastservice",
        ),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes"),
    ),
    "parts": (
        _f(
            "number",
            "配件编码 配件编号 配件代码 配件号 零件号 零件号码 零件编号 零件编码 件号 编码 备件号 备件编号 备件编码 图号 partno "
            "partnumber partcode number no",
            True,
        ),
        _f("name", "名称 配件名称 零件名称 品名 备件名称 配件描述 name partname description", True),
        _f("category", "类别 配件类别 分类 种类 category group"),
        _f("origin", "性质 配件性质 配件来源 品质 来源 产地性质 origin quality type"),
        _f("unit", "单位 计量单位 unit unitofmeasure uom"),
        _f(
            "purchase",
            "进价 含税进价 采购价 采购价格 采购单价 成本价 成本单价 成本 进货价 purchaseprice cost costprice purchase",
        ),
        _f(
            "retail",
            "零售价 零售价格 销售价 销售价格 销售单价 建议零售价 售价 含税零售价 单价 retailprice salesprice "
            "listprice saleprice price retail",
        ),
        _f("vat", "税率 增值税率 vat taxrate tax"),
        _f(
            "stock",
            "库存数量 库存 库存量 当前库存 现有库存 实际库存 数量 现存量 结存数量 在库数 在库数量 stockqty stock quantity qty onhand",
        ),
        _f("minimum", "最低库存 最小库存 安全库存 库存下限 minstock minimum safetystock"),
        _f("bin", "货位 库位 仓位 货架 货架号 货位号 库位号 储位 bin location shelf"),
        _f("supplier", "供应商 供货商 厂家 供应商名称 supplier vendor"),
        _f("successor", "替代件 替代件号 替换件 替换件号 新件号 替代号 替代编码 successor replacement supersededby"),
        _f("received", "最近入库 最近入库日期 入库日期 lastreceipt lastreceived"),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes"),
    ),
    "prices": (
        _f(
            "number",
            "配件编码 配件编号 配件代码 配件号 零件号 零件号码 零件编号 零件编码 件号 编码 备件号 备件编号 备件编码 图号 物料号 物料编码 "
            "商品编码 partno partnumber partcode itemno number no",
            True,
        ),
        _f(
            "price",
            "含税单价 单价 供货价 含税供货价 含税价 采购价 采购单价 进价 含税进价 结算价 报价 新价格 现价 价格 price unitprice "
            "netprice purchaseprice",
            True,
        ),
        _f("name", "名称 配件名称 零件名称 品名 备件名称 商品名称 name partname description"),
        _f("unit", "单位 计量单位 unit unitofmeasure uom"),
        _f("pack", "包装数 包装数量 包装量 最小包装 最小包装量 装箱数 pack packsize packqty"),
        _f("minimum", "最小起订量 起订量 最小订量 最小订货量 moq minimum minimumorder"),
        _f("from", "生效日期 执行日期 启用日期 有效期起 开始日期 validfrom from effective"),
        _f("until", "失效日期 截止日期 有效期止 结束日期 有效期至 validuntil until expires"),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes"),
    ),
    "operations": (
        _f(
            "code",
            "工时代码 项目代码 工时编码 工时编号 工时号 项目编号 项目编码 作业代码 作业编号 维修代码 代码 编码 编号 code "
            "opcode operationcode operationno labourcode laborcode",
            True,
        ),
        _f(
            "name",
            "项目名称 工时名称 作业名称 作业项目 维修项目 工时项目 项目 名称 name operation operationname description",
            True,
        ),
        _f(
            "hours",
            "标准工时 标准工时数 工时 工时数 工时定额 定额工时 standardtime standardhours stdhours "
            "stdtime labourhours laborhours hours time",
            True,
        ),
        _f(
            "rate",
            "工时单价 工时费单价 单价 工时费率 工时价 rate hourlyrate unitprice labourrate laborrate price",
            True,
        ),
        _f("series", "适用车型 车型 适用车系 车系 series models"),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes"),
    ),
    "orders": (
        _f(
            "number",
            "工单号 工单号码 委托书号 委托书编号 委托单号 施工单号 单号 单据号 工单编号 维修单号 维修工单号 结算单号 订单号 "
            "orderno ordernumber order rono ronumber repairorder repairorderno "
            "jobno",
            True,
        ),
        _f("kind", "工单类型 工单类别 维修类型 维修类别 业务类型 修理类别 ordertype repairtype"),
        _f(
            "arrived",
            "进厂日期 进厂时间 进店日期 接车日期 接车时间 开单日期 开单时间 来厂日期 送修日期 工单日期 日期 arrived arrival "
            "arrivaldate datein opened",
        ),
        _f("plate", "车牌号 车牌 牌照号 车牌号码 车号 plate plateno platenumber licenseplate licenceplate regno"),
        _f("vin", "VIN VIN码 VIN号 车架号 车架号码 底盘号 车辆识别代号 车辆识别码 vinno vinnumber chassisno"),
        _f("mileage", "里程 进厂里程 行驶里程 里程数 公里数 表显里程 mileage mileagekm km odometer"),
        _f(
            "line_kind", "类别 明细类别 明细类型 行类型 项目类别 费用类别 费用类型 类型 linetype itemtype category type"
        ),
        _f(
            "line_name",
            "项目/配件 项目名称 项目/配件名称 名称 项目 配件名称 零件名称 维修项目 维修内容 明细 item itemname description",
            True,
        ),
        _f("line_code", "代码 项目代码 项目编码 配件编码 配件编号 零件号 工时代码 编码 编号 code itemcode itemno"),
        _f("quantity", "数量 数量/工时 工时数 工时 工时/数量 qty quantity hours"),
        _f("price", "单价 含税单价 price unitprice rate"),
        _f("amount", "金额 行金额 明细金额 小计金额 小计 实收金额 总价 amount lineamount linetotal", True),
        _f("payer", "付费方 付费方式 付费类型 付费类别 结算方式 结算对象 付款方 账类 帐类 payer paidby"),
        _f("settled", "结算日期 结算时间 出厂日期 出厂时间 完工日期 交车日期 settled settledate settlementdate closed"),
        _f("adviser", "服务顾问 顾问 接待 接待员 接车员 接车人 sa adviser advisor serviceadvisor"),
        _f("technician", "维修技师 技师 主修人 主修 主修技师 维修工 维修人员 施工人 technician mechanic"),
        _f(
            "total",
            "工单合计 工单总额 工单总金额 合计金额 工单金额 合计 总计 总金额 应收合计 ordertotal orderamount total",
        ),
        _f("remark", "备注 备注信息 说明 附注 remark remarks note notes"),
    ),
}


def _claim(kind: str, titles: list[list[str]], found: dict[int, str]) -> None:
    """Give columns to the fields that have none yet. A field's first title is its usual one and goes before synonyms."""
    taken = set(found.values())
    for field in FIELDS[kind]:
        if field.name in taken:
            continue
        for title in field.titles:
            column = next((i for i, names in enumerate(titles) if title in names and i not in found), None)
            if column is not None:
                found[column] = field.name
                break


def fields_of(kind: str, cells: Sequence[Cell]) -> dict[int, str]:
    """column → field name, as far as the titles in this row are known."""
    found: dict[int, str] = {}
    plain = [_plain(cell) if isinstance(cell, str) and len(cell) <= 60 else "" for cell in cells]
    _claim(kind, [[title] for title in plain], found)
    # "手机/电话" is a title of either.
    parts = [
        [_plain(part) for part in re.split(r"[/／、|或()（）\n]", half_width(cell))]
        if isinstance(cell, str) and plain[i]
        else []
        for i, cell in enumerate(cells)
    ]
    _claim(kind, parts, found)
    return found


@cache
def title(kind: str, name: str) -> str:
    """The usual title of a field; the name itself where there is none."""
    return next((field.usual for field in FIELDS.get(kind, ()) if field.name == name), name)


def lacking(kind: str, fields: Iterable[str]) -> list[str]:
    """The usual titles of what a header of ``kind`` must have and this one has not."""
    have = set(fields)
    if kind == "vehicles":
        # One of plate and VIN is enough to tell a car.
        return [] if have & {"plate", "vin"} else ["车牌号", "VIN"]
    return [field.usual for field in FIELDS[kind] if field.required and field.name not in have]


def match(kind: str, cells: Sequence[Cell]) -> dict[int, str] | None:
    """column → field name when this row is the header of ``kind``, else None: it names every required field."""
    found = fields_of(kind, cells)
    return found if len(found) >= 3 and not lacking(kind, found.values()) else None


def better_kind(kind: str, cells: Sequence[Cell]) -> str | None:
    """The kind whose header this row is far more likely to be than that of ``kind``; None when it may be ``kind``."""
    own = len(fields_of(kind, cells))
    sizes = {other: len(match(other, cells) or {}) for other in KINDS if other != kind}
    other = max(sizes, key=sizes.__getitem__)
    return other if sizes[other] >= max(3, 2 * own) or (sizes[other] > own and match(kind, cells) is None) else None
