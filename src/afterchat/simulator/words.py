"""Words of a made-up contact centre: an online shop with its people, its groups and its visitors' troubles.

Tables only.
Every name is invented; addresses are of the ranges kept for documentation.
"""

from __future__ import annotations

__all__ = [
    "CATEGORIES",
    "CUSTOM_FIELDS",
    "EVALUATION_REMARKS",
    "GROUPS",
    "PAGES",
    "PLATFORMS",
    "REMARKS",
    "ROBOT_NAME",
    "SEARCH_KEYS",
    "STAFF_NAMES",
    "TRANSFER_REMARKS",
]

ROBOT_NAME = "机器人"

STAFF_NAMES = (
    "王小燕",
    "李思远",
    "张佳怡",
    "刘浩然",
    "陈雨桐",
    "杨子轩",
    "赵梦洁",
    "黄俊杰",
    "周晓雯",
    "吴承泽",
    "徐若曦",
    "孙一鸣",
    "欧阳静怡",
    "司徒文博",
    "何嘉琪",
    "马天宇",
)

GROUPS = ("售前咨询组", "售后服务组", "物流查询组", "会员专席", "投诉处理组", "夜间值班组")

CATEGORIES = (
    ("售前咨询", "商品规格", "尺码选择"),
    ("售前咨询", "优惠活动", "满减规则"),
    ("售后服务", "退换货", "七天无理由"),
    ("售后服务", "退款进度", "原路退回"),
    ("售后服务", "维修保养", "上门预约"),
    ("物流查询", "配送进度", "派送异常"),
    ("物流查询", "修改地址", "已出库"),
    ("会员服务", "积分兑换", "兑换失败"),
    ("投诉建议", "服务态度", "需回访"),
)

REMARKS = (
    "",
    "已登记，等待仓库核实后回电。",
    "顾客要求换货，已发送换货链接，请跟进。",
    "快递显示派送中，已安抚。",
    "二次来访，同一问题，升级处理。",
    "发票抬头有误，已重开电子发票。",
    "已赠送 20 元优惠券😊",
)

EVALUATION_REMARKS = (
    "",
    "",
    "回复很快，问题解决了，谢谢！",
    "态度很好，就是等得有点久。",
    "机器人答非所问，转人工后才解决。",
    "客服小姐姐很耐心👍",
    "还是没有说清楚什么时候退款",
)

TRANSFER_REMARKS = ("顾客需要查物流，请协助。", "涉及退款，转售后。", "会员专属问题", "")

PAGES = (
    ("春季新品 - 轻便跑鞋", "https://shop.example/item/20391?from=home"),
    ("我的订单", "https://shop.example/orders"),
    ("退换货说明", "https://shop.example/help/returns"),
    ("会员中心", "https://shop.example/member"),
    ("购物车", "https://shop.example/cart"),
)

PLATFORMS = ("直接访问", "百度", "微信公众号", "朋友圈广告", "必应")

SEARCH_KEYS = ("跑鞋 轻便", "退款多久到账", "尺码表", "客服电话", "优惠券 怎么用")

CUSTOM_FIELDS = (
    ("1024", "订单号", ("E20240618000317", "E20240618004482", "E20240619000071")),
    ("1025", "问题是否升级", ("是", "否")),
    ("1026", "商品编码", ("SKU-88213", "SKU-10077", "SKU-45120")),
)
