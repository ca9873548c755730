"""Which columns orders, products and customers have, and by which names exports call them.

Shopify's names are those of its admin's order and product exports (both the older product columns, as `Variant SKU`,
and those of 2024, as `SKU`). WooCommerce's product names are those of its built-in exporter; it exports no lines of
orders itself, so those are the names of three wide-spread plug-ins with a row for each line: Advanced Order Export
("Order Number", "Item Cost"), Customer/Order/Coupon Export, and Import Export Suite ("item_sku", "item_total").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Names = Mapping[str, tuple[str, ...]]

_ORDER_NUMBER = ("order", "order id", "order number", "order no", "bestellnummer", "bestellung", "commande")
_DAY = (
    "date",
    "order date",
    "created at",
    "ordered at",
    "purchase date",
    "datum",
    "bestelldatum",
    "date de commande",
)
_SKU = (
    "sku",
    "article",
    "article id",
    "article number",
    "item sku",
    "product sku",
    "variant sku",
    "artikelnummer",
)
_NAME = (
    "name",
    "product",
    "product name",
    "article name",
    "item name",
    "title",
    "bezeichnung",
    "artikelname",
    "produit",
)
_PRICE = ("price", "unit price", "item price", "preis", "einzelpreis", "prix")
_CUSTOMER = ("customer", "customer id", "customer number", "kundennummer", "kunde", "client")
_EMAIL = ("email", "e-mail", "customer email", "mail")
_POSTAL = ("postal code", "zip", "postcode", "plz", "code postal")
_NEWSLETTER = ("newsletter", "accepts marketing", "marketing")

#: What a column holds, in words, for reports and errors.
ORDERS: Mapping[str, str] = {
    "order": "number of the order",
    "date": "when it was placed",
    "sku": "SKU of the article",
    "product_id": "the product's own number",
    "name": "name of the article",
    "quantity": "pieces",
    "kept_quantity": "pieces without those given back",
    "price": "price of one piece",
    "line_total": "price of all pieces of the line",
    "line_subtotal": "the same before discounts",
    "line_discount": "discount of the line, for all of its pieces",
    "order_discount": "discount of the whole order",
    "order_subtotal": "cost of all lines of the order, after discounts",
    "line_tax": "tax of the line",
    "currency": "currency",
    "customer": "the customer's id",
    "email": "the customer's e-mail address",
    "status": "state of the order or line",
    "line_status": "state of the line",
    "cancelled_at": "when it was cancelled",
    "refunded_quantity": "pieces given back",
    "payment": "how it was paid",
    "gift_card": "whether the line is a gift card",
    "channel": "where it was placed",
    "postal_code": "postal code",
    "newsletter": "whether the customer takes the newsletter",
}
PRODUCTS: Mapping[str, str] = {
    "sku": "SKU",
    "product": "what its variants share",
    "product_id": "the product's own number",
    "kind": "simple, variable, variation …",
    "name": "name",
    "description": "description, perhaps HTML",
    "type": "product type",
    "category": "categories, outer > inner",
    "brand": "brand",
    "colour": "colour",
    "size": "size",
    "pattern": "pattern",
    "gender": "for whom it is",
    "department": "department",
    "section": "section",
    "tags": "tags",
    "price": "price",
    "photo": "photos: paths or addresses",
    "variant_photo": "photo of the variant",
    "gift_card": "whether it is a gift card",
    "state": "active, draft, archived …",
}
CUSTOMERS: Mapping[str, str] = {
    "customer": "id",
    "email": "e-mail address",
    "age": "age in years",
    "birth_date": "day of birth",
    "postal_code": "postal code",
    "newsletter": "whether they take the newsletter",
    "club": "state of the membership",
}
ROLES: Mapping[str, Mapping[str, str]] = {"orders": ORDERS, "products": PRODUCTS, "customers": CUSTOMERS}


@dataclass(frozen=True)
class ExportTemplate:
    """Names of one system's exports, best first; and which of its statuses are no purchases.

    options : of products, pairs of columns that hold the name and the value of an option; {n} counts from 1.
    totals_first : the total of a line goes before the price of a piece, which may not have its coupons taken off.
    hidden : states of products that nobody can buy now.
    facts_first : only the first line of an order has its facts, the others leave them empty.
    """

    orders: Names
    products: Names
    customers: Names
    left_out: frozenset[str]
    shops: frozenset[str] = field(default_factory=frozenset)
    options: tuple[str, str] = ("option{n} name", "option{n} value")
    totals_first: bool = False
    hidden: frozenset[str] = field(default_factory=frozenset)
    facts_first: bool = False

    def names(self, table: str) -> Names:
        found: Names = getattr(self, table)
        return found


_GENERIC = ExportTemplate(
    orders={
        "order": _ORDER_NUMBER,
        "date": _DAY,
        "sku": _SKU,
        "product_id": ("product id",),
        "name": _NAME,
        "quantity": ("quantity", "qty", "pieces", "menge", "anzahl", "quantité"),
        "price": _PRICE,
        "line_total": ("line total", "total", "amount", "gesamt", "summe"),
        "line_discount": ("line discount", "item discount", "rabattbetrag"),
        "order_discount": ("order discount",),
        "order_subtotal": ("order subtotal",),
        "line_tax": ("line tax", "tax", "vat", "mwst"),
        "currency": ("currency", "währung", "devise"),
        "customer": _CUSTOMER,
        "email": _EMAIL,
        "status": ("status", "order status", "state"),
        "line_status": ("line status", "item status"),
        "cancelled_at": ("cancelled at", "canceled at"),
        "refunded_quantity": ("refunded quantity", "returned quantity", "retouren"),
        "channel": ("channel", "sales channel", "source", "kanal"),
        "postal_code": _POSTAL,
        "newsletter": _NEWSLETTER,
    },
    products={
        "sku": _SKU,
        "product": ("parent", "product code", "model", "style", "handle", "group", "modell"),
        "product_id": ("product id", "id"),
        "name": _NAME,
        "description": ("description", "text", "beschreibung"),
        "type": ("type", "product type", "produkttyp"),
        "category": ("category", "categories", "kategorie", "catégorie"),
        "brand": ("brand", "vendor", "manufacturer", "marke"),
        "colour": ("colour", "color", "farbe", "couleur"),
        "size": ("size", "größe", "groesse", "taille"),
        "pattern": ("pattern", "muster", "motif"),
        "gender": ("gender", "geschlecht", "genre"),
        "department": ("department", "abteilung"),
        "section": ("section", "collection", "bereich"),
        "tags": ("tags", "keywords"),
        "price": (*_PRICE, "regular price"),
        "photo": ("photo", "photos", "image", "images", "picture", "image url", "bild", "image src"),
    },
    customers={
        "customer": (*_CUSTOMER, "id"),
        "email": _EMAIL,
        "age": ("age", "alter"),
        "birth_date": ("birth date", "date of birth", "birthday", "geburtsdatum"),
        "postal_code": _POSTAL,
        "newsletter": _NEWSLETTER,
        "club": ("club", "membership", "status"),
    },
    left_out=frozenset(
        ("cancelled", "canceled", "returned", "refunded", "voided", "failed", "storniert", "retourniert")
    ),
    shops=frozenset(("shop", "store", "pos", "filiale", "1")),
)
_SHOPIFY = ExportTemplate(
    orders={
        "order": ("name",),
        "date": ("created at",),
        "sku": ("lineitem sku",),
        "name": ("lineitem name",),
        "quantity": ("lineitem quantity",),
        "price": ("lineitem price",),
        "line_discount": ("lineitem discount",),
        "order_discount": ("discount amount",),
        "order_subtotal": ("subtotal",),
        "currency": ("currency",),
        "email": ("email",),
        "status": ("financial status",),
        "line_status": ("lineitem fulfillment status",),
        "cancelled_at": ("cancelled at",),
        "payment": ("payment method",),
        # Of the API's answers alone.
        "refunded_quantity": ("lineitem refunded quantity",),
        "gift_card": ("lineitem gift card",),
        "channel": ("source",),
        "postal_code": ("billing zip", "shipping zip"),
        "newsletter": ("accepts marketing",),
    },
    products={
        "sku": ("variant sku", "sku"),
        "product": ("handle", "url handle"),
        "name": ("title",),
        "description": ("body (html)", "body html", "description"),
        "type": ("type", "custom product type"),
        "category": ("product category", "standardized product type", "standard product type"),
        "brand": ("vendor",),
        "gender": ("google shopping / gender",),
        "tags": ("tags",),
        "price": ("variant price", "price"),
        "photo": ("image src", "product image url"),
        "variant_photo": ("variant image", "variant image url"),
        "gift_card": ("gift card",),
        "state": ("status",),
    },
    customers={
        "customer": ("email",),
        "postal_code": ("default address zip", "zip"),
        "newsletter": ("accepts email marketing", "accepts marketing"),
    },
    left_out=frozenset(("refunded", "voided", "expired", "restocked")),
    shops=frozenset(("pos",)),
    hidden=frozenset(("draft", "archived")),
    facts_first=True,
)
_WOOCOMMERCE = ExportTemplate(
    orders={
        "order": ("order number", "order_number", "order_id", "order id"),
        "date": ("order date", "order_date", "date", "date created"),
        "sku": ("sku", "item_sku", "product sku"),
        "product_id": ("product id", "item_product_id"),
        "name": ("item name", "item_name", "product name", "name"),
        "quantity": ("quantity", "item_quantity"),
        "kept_quantity": ("quantity (- refund)",),
        "price": ("item cost", "item_price"),
        "line_total": ("order line (w/o tax)", "item_total", "order line total"),
        "line_subtotal": ("order line subtotal", "item_subtotal"),
        "line_tax": ("order line tax", "item_total_tax", "item_tax"),
        "currency": ("order currency", "order_currency", "currency"),
        "email": ("email (billing)", "billing_email", "customer_email", "customer email"),
        "status": ("order status", "status"),
        "refunded_quantity": ("item_refunded_qty",),
        "channel": ("channel", "created_via"),
        "postal_code": ("postcode (billing)", "billing_postcode"),
    },
    products={
        "sku": ("sku",),
        "product": ("parent",),
        "product_id": ("id",),
        "kind": ("type",),
        "name": ("name",),
        "description": ("description", "short description"),
        "category": ("categories",),
        "brand": ("brands", "brand"),
        "tags": ("tags",),
        "price": ("regular price",),
        "photo": ("images",),
        "state": ("published",),
    },
    customers={
        "customer": ("email", "billing_email", "user_email"),
        "postal_code": ("postal code", "postcode", "billing_postcode"),
    },
    left_out=frozenset(
        (
            "cancelled",
            "refunded",
            "failed",
            "trash",
            "pending",
            "pending payment",
            "checkout draft",
            "auto draft",
            "draft",
        )
    ),
    shops=frozenset(("pos",)),
    options=("attribute {n} name", "attribute {n} value(s)"),
    totals_first=True,
    hidden=frozenset(("-1", "0")),
)
TEMPLATES: Mapping[str, ExportTemplate] = {
    "csv": _GENERIC,
    "shopify": _SHOPIFY,
    "woocommerce": _WOOCOMMERCE,
}
