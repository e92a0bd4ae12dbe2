"""When the history is looked at: at the start, after a while without a connection, and in between."""

from intake_chat.handlers.catching_up.outages import Outages


class World:
    """A door and a clock."""

    def __init__(self, *, receives: bool = True, certain: bool = True) -> None:
        self.receives, self.certain, self.at = receives, certain, 0.0
        self.ends = 0


def outages(world: World) -> Outages:
    return Outages(
        receiving=lambda: world.receives,
        certain=world.certain,
        every_seconds=900,
        clock=lambda: world.at,
        refusals=lambda: world.ends,
    )


def after(world: World, watch: Outages, seconds: float, *, receives: bool = True) -> bool:
    world.receives = receives
    for _ in range(max(int(seconds), 1)):
        world.at += 1
        watch.note()
    return watch.look_due()


def test_a_start_is_an_outage_and_so_is_a_while_without_a_connection() -> None:
    world = World(receives=False)
    watch = outages(world)
    assert not after(world, watch, 5, receives=False)
    assert after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 3000)
    assert not after(world, watch, 3, receives=False)
    assert not after(world, watch, 1)  # a moment
    assert not after(world, watch, 15, receives=False)  # not before it is back
    assert after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 100)


def test_without_a_connection_for_long_slack_is_asked_all_the_same() -> None:
    world = World(receives=False)
    watch = outages(world)
    assert after(world, watch, 61, receives=False)
    watch.looked()
    assert not after(world, watch, 800, receives=False)
    assert after(world, watch, 101, receives=False)
    watch.looked()
    assert after(world, watch, 1)


def test_a_socket_that_only_seems_well_is_found_out_some_day() -> None:
    world = World()
    watch = outages(world)
    after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 900 * 24 - 10)
    assert after(world, watch, 11)


def test_over_http_nobody_is_ever_certain() -> None:
    world = World(certain=False)
    watch = outages(world)
    assert after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 890)
    assert after(world, watch, 11)


def test_a_process_that_stood_still_looks() -> None:
    world = World()
    watch = outages(world)
    after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 60)
    world.at += 300
    watch.note()

    assert watch.look_due()


def test_a_token_that_slack_takes_again_ends_an_outage_however_soon_that_was_noticed() -> None:
    world = World()
    watch = outages(world)
    after(world, watch, 1)
    watch.looked()
    world.ends = 1
    assert not after(world, watch, 1, receives=False)
    assert after(world, watch, 1)
    watch.looked()
    assert not after(world, watch, 100)
    world.ends = 2  # refused and taken between two looks
    assert after(world, watch, 1)
