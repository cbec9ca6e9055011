"""The class room: thirty students join, each is an agent, and one federation is really trained on what they choose.

A room goes from its lobby through rounds of play (choose, training, pay, reflect) until it is closed. What is played
is a ``Scenario`` and its training an ordinary run. Here are states and transitions; nothing of it needs a screen.
"""

from cgs_core.errors import RoomError
from cgs_core.rooms.bell import Bell, Sign
from cgs_core.rooms.best_responses import Gain, PathOfPlay, Step, alternatives, gains_of, play_on
from cgs_core.rooms.game import BOTS, CONDUCTS, Bot, Game, Move, Rule, dealt
from cgs_core.rooms.own_game import own_game
from cgs_core.rooms.phases import NEXT, PHASES, Phase
from cgs_core.rooms.playing import PlayedBy, PlayedMove, Result
from cgs_core.rooms.polls import Poll
from cgs_core.rooms.questions import GainsAsked, PathAsked, Questions, RulesAsked, UnderRule
from cgs_core.rooms.ready_games import READY_GAMES
from cgs_core.rooms.room_file import RoomFile, read_room
from cgs_core.rooms.rooms import Rooms
from cgs_core.rooms.seats import Seats
from cgs_core.rooms.tokens import teacher_token
from cgs_core.rooms.views import PaidMove, PaidPlay, SeatStatus, SeatView, TeacherView

__all__ = [
    "BOTS",
    "CONDUCTS",
    "NEXT",
    "PHASES",
    "READY_GAMES",
    "Bell",
    "Bot",
    "Gain",
    "GainsAsked",
    "Game",
    "Move",
    "PaidMove",
    "PaidPlay",
    "PathAsked",
    "PathOfPlay",
    "Phase",
    "PlayedBy",
    "PlayedMove",
    "Poll",
    "Questions",
    "Result",
    "RoomError",
    "RoomFile",
    "Rooms",
    "Rule",
    "RulesAsked",
    "SeatStatus",
    "SeatView",
    "Seats",
    "Sign",
    "Step",
    "TeacherView",
    "UnderRule",
    "alternatives",
    "dealt",
    "gains_of",
    "own_game",
    "play_on",
    "read_room",
    "teacher_token",
]
