"""`stylo import`: a shop's own exports become the CSVs that `data_optim.py` converts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from stylo.errors import BadOption
from stylo.importing.shop import Imported, import_shop
from stylo.importing.templates import ROLES, TEMPLATES
from stylo.records.importing import ImportSettings
from stylo.script import DEFAULT_DATA, DataOption, Report, Terminal, path_argument, path_option
from stylo.time_zone import TimeZone
from stylo.user_paths import quoted

SettingsArgument = Annotated[
    Path | None,
    path_argument(help="shop.toml: which exports there are, and how to read them.", show_default=False),
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", help=f"Whose exports they are: {', '.join(TEMPLATES)}.", show_default="csv"),
]
OrdersOption = Annotated[
    list[Path] | None, path_option("--orders", help="The order export; may be given several times.")
]
ProductsOption = Annotated[
    list[Path] | None, path_option("--products", help="The product export; may be given several times.")
]
CustomersOption = Annotated[
    list[Path] | None, path_option("--customers", help="The customer export; may be given several times.")
]
PhotosOption = Annotated[Path | None, path_option("--photos", help="Folder with the photos of the products.")]
ImagesOption = Annotated[
    Path | None,
    path_option("--images", help="Where the photos go, under our names.", show_default="DATA/images"),
]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="Take only lines in this currency.")]
ZoneOption = Annotated[
    str | None,
    typer.Option("--time-zone", help="The shop's time zone, as Europe/Berlin.", show_default="UTC"),
]
AfreshOption = Annotated[
    bool, typer.Option("--afresh", help="Write all purchases again, not only days that are new.")
]
_CURE = "docs/import.md lists the settings of shop.toml."


def main(
    settings_file: SettingsArgument = None,
    template: FromOption = None,
    orders: OrdersOption = None,
    products: ProductsOption = None,
    customers: CustomersOption = None,
    photos: PhotosOption = None,
    currency: CurrencyOption = None,
    time_zone: ZoneOption = None,
    data: DataOption = DEFAULT_DATA,
    images: ImagesOption = None,
    afresh: AfreshOption = False,
) -> Report:
    """Import a shop's orders, products, customers and photos."""
    settings = ImportSettings()
    if settings_file:
        if not settings_file.is_file():
            raise BadOption(f"{settings_file} is not there.", cure=_CURE)
        settings = ImportSettings.read(settings_file, _CURE)
    if template and template not in TEMPLATES:
        raise BadOption(
            f"--from {template}: there is no such template.", cure=f"There are: {', '.join(TEMPLATES)}."
        )
    given: dict[str, Any] = {"template": template, "currency": currency, "time_zone": time_zone}
    given |= {
        name: [str(path.absolute()) for path in paths] if paths else None
        for name, paths in (("orders", orders), ("products", products), ("customers", customers))
    }
    given["photos"] = str(photos.absolute()) if photos else None
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    place = settings_file.parent if settings_file else Path()
    today = TimeZone.named(settings.time_zone).day(datetime.now(UTC))
    done = import_shop(
        settings, place, data, images or data / "images", afresh=afresh, today=today, progress=Terminal()
    )
    return Report(
        script="import",
        folder=data,
        columns=["table", "column", "taken from"],
        rows=_matched(done),
        facts=_facts(done),
        lines=_lines(done, data),
    )


def _matched(done: Imported) -> list[list[str]]:
    return [
        [table, f"{ours} ({ROLES[table].get(ours, 'option')})", match.columns.get(ours, "—")]
        for table, match in done.matches.items()
        for ours in [*ROLES[table], *(each for each in match.columns if each not in ROLES[table])]
    ]


def _lines(done: Imported, data: Path) -> list[str]:
    lines = [
        f"{table}: nothing was taken from {', '.join(match.unused[:40])}."
        for table, match in done.matches.items()
        if match.unused
    ]
    money = f" in {done.currency}" if done.currency else ""
    lines.append(
        f"{done.lines:,} order lines: {done.purchases:,} purchases{money} of {done.articles:,} articles by "
        f"{done.customers:,} customers" + (f", {done.first} to {done.last}." if done.first else ".")
    )
    if done.cancelled:
        lines.append(
            f"{done.cancelled:,} orders are no purchases at all: cancelled, returned, or left out below."
        )
    lines += [f"Left out: {each}" for each in done.left_out]
    lines += done.remarks
    if (photos := done.photos) is not None:
        example = f" For example {photos.example!r}." if photos.example else ""
        lines.append(
            f"Photos: {photos.placed:,} articles have one, {photos.missing:,} have none"
            + (f" ({photos.unnamed:,} of them name none)." if photos.unnamed else ".")
            + example
        )
    if done.new_days:
        lines.append(
            f"Next: python data_optim.py --data {quoted(data)} --append {quoted(done.new_days)}, or stylo retrain"
        )
    elif done.first:
        lines.append(f"Next: python data_optim.py --data {quoted(data)}")
    return lines


def _facts(done: Imported) -> dict[str, Any]:
    return {
        "order_lines": done.lines,
        "purchases": done.purchases,
        "articles": done.articles,
        "variants": done.variants,
        "customers": done.customers,
        "orders_without_purchases": done.cancelled,
        "discounted_lines": done.discounted,
        "discounts": done.discounts,
        "currency": done.currency,
        "columns": {table: match.columns for table, match in done.matches.items()},
        "unused": {table: match.unused for table, match in done.matches.items()},
        "left_out": [
            {"why": each.why, "count": each.count, "example": each.example} for each in done.left_out
        ],
        "remarks": done.remarks,
    }
