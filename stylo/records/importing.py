"""What a shop writes about its exports (`shop.toml`), and what an import leaves beside the CSVs (`shop.json`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from stylo.records.record import Day, TomlFile, TypedRecord

SHOP_FILE = "shop.json"
Template = Literal["csv", "shopify", "woocommerce"]
Place = Literal["shop", "online"]
_Names = dict[str, str]
_Filled = Annotated[str, Field(min_length=1)]


class ColumnNames(TomlFile):
    """`[columns.orders]` and so on: our name of a column → its name in the export; the rest is matched by name."""

    orders: _Names = Field(default_factory=dict)
    products: _Names = Field(default_factory=dict)
    customers: _Names = Field(default_factory=dict)


class ImportSettings(TomlFile):
    """`shop.toml`: which exports there are, and how they are to be read. Paths count from its folder."""

    template: Template = Field("csv", alias="from", description="Whose column names the exports have.")
    orders: list[_Filled] = Field(
        default_factory=list, description="Files with a row for each line of an order."
    )
    products: list[_Filled] = Field(
        default_factory=list,
        description="Files with a row for each variant. Empty: only what orders say of them.",
    )
    customers: list[_Filled] = Field(default_factory=list, description="Files with a row for each customer.")
    photos: str = Field("", description="Folder in which photos are found by the names of their files.")
    columns: ColumnNames = Field(default_factory=ColumnNames)
    separator: Literal["auto", ",", ";", "\t", "|"] = "auto"
    encoding: str = Field("auto", description="auto: by its mark, else UTF-8, else Windows-1252.")
    decimal: Literal["auto", ".", ","] = Field("auto", description="The decimal sign of prices.")
    dates: Literal["auto", "day first", "month first"] = Field(
        "auto", description="How dates such as 03/04/2026 are meant; auto where the file itself shows it."
    )
    time_zone: str = Field(
        "UTC", description="The shop's, by its IANA name: its days are those of the purchases."
    )
    currency: str = Field("", description="Only lines in this currency are taken. Empty: all have one.")
    prices_include_tax: bool = Field(
        True, description="false: the tax of a line, where there is a column with it, is added to its price."
    )
    left_out: list[str] = Field(
        default_factory=list,
        description="Statuses of orders that are no purchases, beside the template's own.",
    )
    channels: dict[str, Place] = Field(
        default_factory=dict, description="Value of the channel column → where the order was placed."
    )
    default_channel: Place = Field("online", description="Where orders of any other channel were placed.")
    sizes: Literal["merge", "keep"] = Field(
        "merge",
        description="merge: variants that differ only in size are one article; keep: each is its own.",
    )
    guests: Literal["keep", "leave out"] = Field(
        "keep", description="keep: an order without a customer is a customer of its own."
    )
    unknown_products: Literal["leave out", "add"] = Field(
        "leave out", description="What becomes of order lines whose article is in no product file."
    )
    bundles: dict[str, list[_Filled]] = Field(
        default_factory=dict,
        description="SKU of a bundle → SKUs of what is in it, which were bought instead.",
    )

    @field_validator("orders", "products", "customers", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class ShopFacts(TypedRecord):
    """`shop.json`: what is particular to an imported shop; beside its CSVs and its tables.

    A shop without one is H&M's, or shaped like it.
    """

    made_by: str = ""
    price_unit: float = Field(1.0, gt=0, description="Units of money in a price of 1 in the transactions.")
    currency: str = Field("", description="ISO 4217 code of the prices; empty where it is not known.")
    prices_include_tax: bool = True
    time_zone: str = "UTC"
    last_day: Day | None = Field(None, description="Last day of the orders that have been imported.")
