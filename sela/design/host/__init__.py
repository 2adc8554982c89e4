"""The assistant that calls the tools as a designer: it is asked by needs and answers by tickets."""

from sela.design.host.desk import Accepted, HostDesk
from sela.design.host.host_designer import HostDesigner
from sela.design.host.state import Asked, HostState
from sela.design.need import Need

__all__ = ["Accepted", "Asked", "HostDesigner", "HostDesk", "HostState", "Need"]
