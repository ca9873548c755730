"""The tools as agents see them: name, purpose, arguments, answer. A language model chooses by these words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stylo.agents import answers, requests, tools
from stylo.agents.tools import ToolResult
from stylo.service.client import Client


@dataclass(frozen=True)
class AgentTool:
    """A tool as agents see it, and what it does.

    work : asks the service. Raises ToolRefusal, Refused, Unreachable.
    """

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    answer: type[BaseModel]
    work: Callable[[Client, Any], ToolResult]


def all_tools(photos: Path | None = None) -> list[AgentTool]:
    """All of them.   photos : folder that similar_to_photo may read files of; None: it takes none."""
    return [
        AgentTool(
            "search_articles",
            "Search the catalogue",
            "Find articles of this fashion shop by words and filters, the best match first, with names, prices and "
            "facts. Start here when you need an article's id.",
            requests.SearchArguments,
            answers.SearchFindings,
            tools.search_articles,
        ),
        AgentTool(
            "list_labels",
            "List filter labels",
            "List the labels that the filters take (section, product_type, colour, pattern, season), with how many "
            "articles have each. Use it before you filter: most tools refuse a label that no article has.",
            requests.LabelArguments,
            answers.ShopLabels,
            tools.list_labels,
        ),
        AgentTool(
            "get_article",
            "Show an article",
            "All facts of one article: name, description, type, colour, price, sales, and its photo.",
            requests.ArticleArguments,
            answers.ArticleSheet,
            tools.get_article,
        ),
        AgentTool(
            "similar_articles",
            "Find look-alikes of an article",
            "Find articles that look like one (by=visual), have similar attributes (by=style), are bought together "
            "with it (by=together), or go with it (by=hybrid). Filters narrow the answer, to a price for example.",
            requests.SimilarArguments,
            answers.LookAlikes,
            tools.similar_articles,
        ),
        AgentTool(
            "similar_to_photo",
            "Find look-alikes of a photo",
            "Find articles of the shop that look like a garment in a photo. The garment should fill most of the photo.",
            requests.PhotoArguments if photos is None else requests.PhotoFileArguments,
            answers.LookAlikes,
            partial(tools.similar_to_photo, folder=photos),
        ),
        AgentTool(
            "compose_outfit",
            "Compose an outfit",
            "Compose an outfit around one article: for each slot (top, bottom, dress, outerwear, shoes, bag, "
            "accessory) an article that goes with it, with alternatives, and the price of it all.",
            requests.OutfitArguments,
            answers.OutfitProposal,
            tools.compose_outfit,
        ),
        AgentTool(
            "recommend",
            "Recommend to a customer",
            "Recommend articles to one customer of the shop, or to a person who is no customer yet, the best first, "
            "each with its reason as a sentence. What the customer bought until now counts. The shop takes the "
            "articles as shown to the customer, unless as_of is given.",
            requests.RecommendArguments,
            answers.CustomerPicks,
            tools.recommend,
        ),
        AgentTool(
            "explain_recommendation",
            "Explain a recommendation",
            "Explain why an article is recommended to a customer, or say that it is not: the purchase that led to it, "
            "which strategies proposed it, and what counted for and against it.",
            requests.ExplainArguments,
            answers.PickExplanation,
            tools.explain_recommendation,
        ),
    ]
