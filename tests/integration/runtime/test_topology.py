from pathlib import Path

from tests.support.broker import STORAGE_BYTES, Desk
from ventanilla_devstack.nats_server import NatsServer, generate_passwords


async def test_a_release_with_one_stream_more_fits_into_a_server_that_has_no_room_to_spare(server_folder: Path) -> None:
    server = NatsServer(server_folder / "nats", generate_passwords(), storage_bytes=STORAGE_BYTES)
    server.start()
    desk = Desk(server)
    try:
        await desk.apply_topology()
        operator = await desk.connect()
        # As a release before had it: one stream less, and its room with another one.
        freed = (await operator.api("STREAM.INFO.PHONE"))["config"]["max_bytes"]
        await operator.api("STREAM.DELETE.PHONE")
        raw = (await operator.api("STREAM.INFO.OBJ_raw"))["config"]
        before = {**raw, "max_bytes": raw["max_bytes"] + freed}
        assert "error" not in await operator.api("STREAM.UPDATE.OBJ_raw", before)

        await desk.apply_topology()

        assert "error" not in await operator.api("STREAM.INFO.PHONE")
        assert (await operator.api("STREAM.INFO.OBJ_raw"))["config"]["max_bytes"] == raw["max_bytes"]
    finally:
        await desk.close()
        server.stop()
