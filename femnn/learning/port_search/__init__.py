"""The port search: where features push a network of linear springs, and which displacements answer."""

from femnn.learning.port_search.found import Finalist, Found
from femnn.learning.port_search.search import search
from femnn.learning.port_search.settings import PortSearchSettings, Round

__all__ = ["Finalist", "Found", "PortSearchSettings", "Round", "search"]
