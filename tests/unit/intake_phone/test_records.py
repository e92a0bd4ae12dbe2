"""What belongs together in the bucket is read together: all of it, and nothing of others."""

from intake_phone.adapters.records import MOST_PAGES, PAGE_KEYS, CallbackRecords, CallRecords, RingRecords
from intake_phone.domain.callbacks.attempt import Name
from intake_phone.domain.calls.record import Noted
from intake_phone.domain.calls.ringing import GONE
from intake_phone.domain.telephones import DECLINED, Leg, end_key, out_key
from tests.unit.intake_phone.around_calls import Bucket

DOCUMENTS = [Noted(name, "default", {}, ()) for name in ("01", "02", "02b0", "03z")]


async def test_what_was_noted_of_a_call_is_read_in_the_order_of_its_documents() -> None:
    bucket = Bucket()
    calls = CallRecords(bucket, bucket)
    for document in (*reversed(DOCUMENTS), DOCUMENTS[0]):
        await calls.note("CA1", document)
    await calls.note("CA12", DOCUMENTS[1])

    assert list((await calls.record("CA1")).documents) == DOCUMENTS


async def test_a_wait_of_very_many_telephones_is_read_to_its_end() -> None:
    bucket = Bucket()
    for number in range(PAGE_KEYS):
        await bucket.create_all([f"ring.CA1.3.{out_key(f'eva.{number}')}"], b"")
        await bucket.put_all([f"ring.CA1.3.{out_key(f'tom.{number}')}"], b'[1,1,"CA2",""]')
    await bucket.create_all([f"ring.CA1.3.{GONE}", f"ring.CA2.3.{GONE}", f"ring.CA1.4.{out_key('eva.1')}"], b"1")

    waits = await RingRecords(bucket).waits("CA1")

    found = {step: (len(ring.legs), ring.gone) for step, ring in waits.rings.items()}
    assert found == {3: (PAGE_KEYS, True), 4: (1, False)}


async def test_without_an_end_nobody_reads_for_ever() -> None:
    bucket = Bucket()
    await bucket.create_all([f"ring.CA1.3.{out_key(f'eva.{number}')}" for number in range(6_000)], b"1")

    assert len((await RingRecords(bucket).waits("CA1")).at(3).legs) == MOST_PAGES * PAGE_KEYS


async def test_an_attempt_is_read_without_its_neighbours() -> None:
    bucket, name = Bucket(), Name("0f1c", 1)
    for prefix in (name.prefix, Name("0f1c", 11).prefix):
        await bucket.create_all([f"{prefix}{out_key('eva.ruiz.1')}"], b'[1,1,"CA1",""]')
        await bucket.create_all([f"{prefix}{end_key('eva.ruiz.1')}"], DECLINED.encode())

    assert (await CallbackRecords(bucket).attempt(name)).legs == (Leg("eva.ruiz", 1, "CA1", DECLINED, 1.0),)
