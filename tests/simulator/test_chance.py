from simulator.testing import Simulator
from tests.simulator.asking import Client, about, proposal, small_talk, strike


async def test_the_first_calls_fail_and_the_next_succeeds(simulator: Simulator, client: Client) -> None:
    strike(simulator, "503", first_n=2)

    assert [(await client.ask(proposal())).status_code for _ in range(3)] == [503, 503, 200]


async def test_the_first_call_of_each_prompt_fails(simulator: Simulator, client: Client) -> None:
    strike(simulator, "503", first_n_of_each=1)

    statuses = [(await client.ask(small_talk(words))).status_code for words in ("one", "two", "one", "two")]

    assert statuses == [503, 503, 200, 200]


async def test_a_rate_strikes_about_that_share_and_the_same_calls_each_time(
    simulator: Simulator, client: Client
) -> None:
    async def storm() -> list[int]:
        strike(simulator, "500", rate=0.3)
        return [(await client.ask(small_talk(f"question {n}"))).status_code for n in range(100)]

    first = await storm()

    assert 15 <= first.count(500) <= 45
    assert await storm() == first


async def test_another_seed_strikes_other_calls(simulator: Simulator, client: Client) -> None:
    async def storm(seed: int) -> list[int]:
        simulator.set(seed=seed, faults=[{"kind": "500", "rate": 0.5}])
        return [(await client.ask(small_talk(f"question {n}"))).status_code for n in range(40)]

    assert await storm(0) != await storm(1)


async def test_a_retry_of_a_call_that_a_rate_struck_can_succeed(simulator: Simulator, client: Client) -> None:
    strike(simulator, "500", rate=0.5)

    statuses = {(await client.ask(proposal())).status_code for _ in range(30)}

    assert statuses == {200, 500}


async def test_a_fault_can_be_meant_for_one_text_or_one_prompt(simulator: Simulator, client: Client) -> None:
    strike(simulator, "400", containing="bidswitch.com/0001", prompt="propose_packages")

    statuses = [
        (await client.ask(body)).status_code
        for body in (
            proposal(),
            proposal(about("Automotive", range(10, 14))),
            small_talk("bidswitch.com/0001"),
        )
    ]

    assert statuses == [400, 200, 200]


async def test_the_first_fault_that_applies_strikes(simulator: Simulator, client: Client) -> None:
    simulator.set(faults=[{"kind": "429", "first_n": 1}, {"kind": "500", "first_n": 1}])

    assert [(await client.ask(proposal())).status_code for _ in range(3)] == [429, 500, 200]
