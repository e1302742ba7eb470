import asyncio

import pytest

from app.web.pages import Pages
from tests.fixtures.endpoints.mirror import Mirror, Reader, spec
from tests.serving import PlainPage


class Factory:
    def __init__(self) -> None:
        self.made: list[PlainPage] = []

    def __call__(self, endpoint, base_path: str) -> PlainPage:
        self.made.append(PlainPage(endpoint, base_path))
        return self.made[-1]


async def ask(pages: Pages, name: str, kind=Mirror) -> str:
    sent: list[dict[str, object]] = []

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": f"/{name}/x", "root_path": f"/{name}"}
    await pages.answer(spec(kind, f"test/{name}"), f"/{name}", scope, None, send)
    return sent[-1]["body"].decode()


def test_a_page_is_built_once_also_when_many_ask_at_once():
    async def main() -> None:
        factory = Factory()
        pages = Pages(factory)
        answers = await asyncio.gather(*(ask(pages, "a") for _ in range(20)))
        assert answers == ["test/a /a GET /x"] * 20
        assert len(factory.made) == 1 and factory.made[0].started == 1
        await pages.close()
        assert factory.made[0].closed == 1

    asyncio.run(main())


def test_the_least_recent_is_let_go():
    async def main() -> None:
        factory = Factory()
        pages = Pages(factory, most=2)
        for name in ("a", "b", "a", "c"):
            await ask(pages, name)
        await asyncio.sleep(0.01)
        assert {page.base_path: page.closed for page in factory.made} == {"/a": 0, "/b": 1, "/c": 0}
        await ask(pages, "b")
        assert [page.base_path for page in factory.made] == ["/a", "/b", "/c", "/b"]
        await pages.close()

    asyncio.run(main())


def test_a_page_that_answers_stays_up_to_a_limit():
    async def main() -> None:
        factory = Factory()
        pages = Pages(factory, most=1)
        release = asyncio.Event()

        async def slow(scope, receive, send) -> None:
            await release.wait()

        async def hold(name: str) -> asyncio.Task[str]:
            await ask(pages, name)
            factory.made[-1].app = slow
            task = asyncio.ensure_future(pages.answer(spec(Mirror, f"test/{name}"), f"/{name}", {}, None, None))
            await asyncio.sleep(0.01)
            return task

        tasks = [await hold(name) for name in "abcd"]
        assert [page.closed for page in factory.made] == [0, 0, 0, 0]
        tasks.append(await hold("e"))
        assert [page.closed for page in factory.made] == [1, 0, 0, 0, 0]
        release.set()
        await asyncio.gather(*tasks)
        await pages.close()
        assert [page.closed for page in factory.made] == [1] * 5

    asyncio.run(main())


def test_a_changed_endpoint_gets_a_new_page():
    async def main() -> None:
        factory = Factory()
        pages = Pages(factory)
        await ask(pages, "a", Mirror)
        await ask(pages, "a", Reader)
        await asyncio.sleep(0.01)
        assert [page.closed for page in factory.made] == [1, 0]
        await pages.close()

    asyncio.run(main())


def test_a_page_that_cannot_be_built_or_closed_harms_no_other(caplog):
    class Stubborn(PlainPage):
        async def close(self) -> None:
            raise RuntimeError("stuck")

    def factory(endpoint, base_path: str) -> PlainPage:
        if endpoint.id == "test/bad":
            raise RuntimeError("no page")
        return Stubborn(endpoint, base_path)

    async def main() -> None:
        pages = Pages(factory)
        with pytest.raises(RuntimeError, match="no page"):
            await ask(pages, "bad")
        assert await ask(pages, "good") == "test/good /good GET /x"
        await pages.close()

    asyncio.run(main())
    assert "could not be closed" in caplog.text
