"""What a room tells the rooms of the same slide in other processes."""

from typing import Any

from coverslip.core.time import monotonic_s
from coverslip.features.access import Action, Viewer
from coverslip.features.live.member import Member, person_of
from coverslip.features.live.rights import Credential, Sight
from coverslip.features.live.rooms import Room
