"""The port search: where features push a network of linear springs, and which displacements answer."""

from femnn.training.port_search.found import Finalist, Found
from femnn.training.port_search.search import search
from femnn.training.port_search.search_settings import PortSearchSettings, Round

__all__ = ["Finalist", "Found", "PortSearchSettings", "Round", "search"]
