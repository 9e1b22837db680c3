"""Points 1 to 12: how people prove who they are."""

import functools
import re
from datetime import timedelta

import argon2
import pytest
from sqlalchemy import func, select
from steps import OPERATOR, PASSWORD, code_in, cookie, other_than, post

from recycling.accounts import codes, passwords, people, signing_in
from recycling.accounts.actors import Role
from recycling.errors import BadRequestError, ConflictError, NotFoundError, TooOftenError
from recycling.models import Account, AccountSession, AuditEvent, OneTimeCode, OneTimeLink, SignInTry
from recycling.settings import load_settings


def test_point_01_passwords_are_argon2id_with_our_parameters_and_made_anew_when_these_change(
    member, staff_in, record_of, sqlite_record
):
    member()
    (account,) = record_of(Account)
    found = argon2.extract_parameters(account.password_digest)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (argon2.Type.ID, 46 * 1024, 2, 1)
    assert (found.hash_len, found.salt_len) == (32, 16)
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with sqlite_record.write() as session:
        session.get_one(Account, account.id).password_digest = weak
    staff_in()
    (account,) = record_of(Account)
    assert argon2.extract_parameters(account.password_digest) == found


@pytest.mark.parametrize("password", ["a1b2c3d", "x1y2" * 32 + "z"])
def test_point_02_too_short_and_too_long_are_refused(password):
    with pytest.raises(BadRequestError, match="8 to 128"):
        passwords.check_new(password, ())


@pytest.mark.parametrize(
    "password", ["a1b2 c3d4", "密码很长很长很长的", " spaces count ", "x1y2" * 32, "🔑🔒🗝️ keys and locks"]
)
def test_point_02_anything_else_is_taken_whole(password):
    passwords.check_new(password, ())
    kept = passwords.hashed(password)
    assert passwords.is_right(kept, password)
    assert not passwords.is_right(kept, password[:-1])
    assert not passwords.is_right(kept, password.swapcase() if password.swapcase() != password else password + " ")


def test_point_02_the_field_lets_a_password_manager_paste(client):
    field = re.search(r'<input[^>]*id="password"[^>]*>', client.get("/staff/sign-in").text).group(0)
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert not re.search("onpaste|maxlength|readonly", field)


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Football",
        "1qaz2wsx",
        "aaaaaaaaaa",
        "Recycling2026",
        "dazhou123",
        "达州回收再生资源",
        "anna.li1",
        "39139000",
    ],
)
def test_point_03_common_passwords_and_our_own_words_are_refused(settings, password):
    account = Account(role=Role.CLERK, login="anna.li", phone="+8613939139000")
    with pytest.raises(BadRequestError):
        people.set_password(None, settings.access, account, password)
    people.set_password(None, settings.access, account, "recycling is a long story")


def test_point_03_the_list_holds_three_thousand():
    words = passwords._common()
    assert len(words) == 3000
    assert all(len(word) >= passwords.SHORTEST for word in words)


def test_point_04_a_change_needs_the_current_password(member, staff_in, record_of):
    member()
    client = staff_in()
    new = "quite another sentence"
    before = record_of(Account)[0].password_digest
    refused = post(client, "/account/password", "/account", current="wrong one", password=new)
    assert refused.status_code == 422
    assert record_of(Account)[0].password_digest == before
    assert post(client, "/account/password", "/account", current=PASSWORD, password=new).status_code == 303
    assert passwords.is_right(record_of(Account)[0].password_digest, new)


def test_point_05_a_code_is_six_random_digits_and_kept_as_a_keyed_digest(client, sent, record_of, monkeypatch):
    drawn = []
    monkeypatch.setattr(codes.secrets, "randbelow", lambda most: drawn.append(most) or 42)
    answer = post(client, "/sign-in", phone="13800138000")
    assert drawn == [1_000_000]
    assert code_in(sent) == "000042"
    (row,) = record_of(OneTimeCode)
    kept = " ".join(str(getattr(row, column.key)) for column in OneTimeCode.__table__.columns if column.key != "phone")
    assert "000042" not in kept
    request = cookie(answer, "code-request").split("=")[1].split(";")[0]
    assert request not in kept
    assert len(request) >= 43, "the key of the digest has 256 bits"


def test_point_06_a_code_lasts_ten_minutes_at_most(settings):
    assert settings.access.code_minutes <= 10
    assert type(settings.access).model_fields["code_minutes"].metadata[1].le == 10


def test_point_06_a_code_is_refused_when_it_is_old(client, sent, clock, settings):
    post(client, "/sign-in", phone="13800138000")
    clock.shift(timedelta(minutes=settings.access.code_minutes))
    answer = post(client, "/sign-in/code", code=code_in(sent))
    assert answer.status_code == 422
    assert cookie(answer, "sign-in") is None


def test_point_06_a_code_works_once(client, sent, app):
    answer = post(client, "/sign-in", phone="13800138000")
    request = cookie(answer, "code-request").split("=")[1].split(";")[0]
    assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 303
    again = app.test_client()
    again.set_cookie("code-request", request)
    assert post(again, "/sign-in/code", code=code_in(sent)).status_code == 422


def test_point_06_a_code_works_only_in_the_browser_that_asked(client, sent, app):
    post(client, "/sign-in", phone="13800138000")
    code = code_in(sent)
    other = app.test_client()
    assert post(other, "/sign-in/code", code=code).status_code == 422, "without any request"
    post(other, "/sign-in", phone="13800138000")
    if code_in(sent) != code:
        assert post(other, "/sign-in/code", code=code).status_code == 422, "with a request of its own"
    assert post(client, "/sign-in/code", code=code).status_code == 303


def test_point_07_after_five_wrong_tries_the_right_code_is_refused(client, sent, record_of):
    post(client, "/sign-in", phone="13800138000")
    wrong = other_than(code_in(sent))
    for _ in range(5):
        assert post(client, "/sign-in/code", code=wrong).status_code == 422
    assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 422
    assert record_of(OneTimeCode)[0].tries == 5
    assert record_of(Account) == []


def test_point_07_four_wrong_tries_are_forgiven(client, sent):
    post(client, "/sign-in", phone="13800138000")
    for _ in range(4):
        post(client, "/sign-in/code", code=other_than(code_in(sent)))
    assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 303


def test_point_07_tries_at_once_all_count(database, settings, now, at_once):
    with database.write() as session:
        issued = codes.issue(session, settings.access, "resident", "+8613800138000", None, "here", now)
    wrong = other_than(issued.code)

    def guess():
        with database.write() as session:
            return codes.redeem(session, settings.access, issued.request, wrong, now)

    assert at_once(*[guess] * 8) == [None] * 8
    with database.write() as session:
        assert session.scalar(select(OneTimeCode.tries)) == 5
        assert codes.redeem(session, settings.access, issued.request, issued.code, now) is None


def test_point_07_one_code_lets_in_one_of_many_at_once(database, settings, now, at_once):
    with database.write() as session:
        issued = codes.issue(session, settings.access, "resident", "+8613800138000", None, "here", now)

    def enter():
        return signing_in.enter_code(database, settings.access, issued.request, issued.code, "here", now)

    results = at_once(*[enter] * 4)
    assert sum(isinstance(r, tuple) for r in results) == 1
    assert sum(isinstance(r, BadRequestError) for r in results) == 3


def test_point_07_a_phone_gets_so_many_codes_an_hour_and_a_day(make_app, sent, clock, settings):
    access = settings.access
    for hour in range(3):
        for number in range(access.codes_per_phone_hour + 1):
            client = make_app().test_client()  # another browser, and the application started anew: nothing is in memory
            answer = post(client, "/sign-in", phone="13800138000")
            within = number < access.codes_per_phone_hour and len(sent) <= access.codes_per_phone_day and hour < 2
            assert answer.status_code == (303 if within else 429), (hour, number)
        clock.shift(timedelta(hours=1, seconds=1))
    assert len(sent) == access.codes_per_phone_day


def test_point_07_an_address_gets_so_many_codes_an_hour(make_app, sent):
    client = make_app(codes_per_address_hour=3).test_client()
    answers = [post(client, "/sign-in", phone=f"1380013800{n}").status_code for n in range(4)]
    assert answers == [303, 303, 303, 429]


@pytest.mark.parametrize("of", ["phone", "address"])
def test_point_07_the_limit_holds_when_many_ask_at_once(database, now, at_once, of):
    access = load_settings(access={"codes_per_phone_hour": 3, "codes_per_address_hour": 3}).access

    def ask(number):
        phone, origin = ("13800138000", f"192.0.2.{number}") if of == "phone" else (f"1380013800{number}", "here")
        return signing_in.ask_code(database, access, phone, origin, lambda *_: None, str, now)

    results = at_once(*[functools.partial(ask, number) for number in range(8)])
    assert sum(isinstance(r, str) for r in results) == 3
    assert sum(isinstance(r, TooOftenError) for r in results) == 5


def test_point_08_after_five_wrong_passwords_the_right_one_waits(member, client, clock, sent):
    member()
    for _ in range(5):
        assert post(client, "/staff/sign-in", login="anna", password="wrong wrong").status_code == 422
    assert post(client, "/staff/sign-in", login="anna", password=PASSWORD).status_code == 429
    assert post(client, "/staff/sign-in", login="ANNA ", password=PASSWORD).status_code == 429, "the same name"
    assert sent == []
    clock.shift(timedelta(minutes=15, seconds=1))
    assert post(client, "/staff/sign-in", login="anna", password=PASSWORD).status_code == 303


def test_point_08_another_address_is_let_in_while_one_guesses(member, client):
    member()
    for _ in range(6):
        post(client, "/staff/sign-in", login="anna", password="wrong wrong")
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert post(client, "/staff/sign-in", login="anna", password=PASSWORD).status_code == 303


@pytest.mark.parametrize("vary", ["name", "address"])
def test_point_08_many_addresses_and_many_names_are_slowed_too(make_app, vary):
    client = make_app(wrong_passwords_name=6, wrong_passwords_address=6).test_client()
    answers = []
    for number in range(8):
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number if vary == 'address' else 1}"
        login = f"name-{number if vary == 'name' else 1}"
        answers.append(post(client, "/staff/sign-in", login=login, password="wrong wrong").status_code)
    assert answers == [422] * 6 + [429] * 2


def test_point_08_an_unknown_name_gets_the_same_answer_after_the_same_work(
    member, client, monkeypatch, sqlite_record, record_of
):
    member()
    member("clerk", "bert", "13900139001")
    with sqlite_record.write() as session:
        bert = people.by_login(session, "bert")
        people.disable(session, OPERATOR, bert, bert.created_at)
    hasher, asked = passwords.HASHER, []

    class Counted:
        def verify(self, kept, password):
            asked.append(argon2.extract_parameters(kept))
            return hasher.verify(kept, password)

        hash, check_needs_rehash = hasher.hash, hasher.check_needs_rehash

    monkeypatch.setattr(passwords, "HASHER", Counted())
    answers = {}
    for login in ("anna", "nobody", "bert"):
        asked.clear()
        tries, events = len(record_of(SignInTry)), len(record_of(AuditEvent))
        answer = post(client, "/staff/sign-in", login=login, password="wrong wrong")
        text = re.sub(r'(nonce|value)="[^"]*"', "", answer.text)
        rows = len(record_of(SignInTry)) - tries, len(record_of(AuditEvent)) - events
        answers[login] = (answer.status_code, text, list(asked), rows)
    assert answers["anna"] == answers["nobody"] == answers["bert"]
    assert len(answers["anna"][2]) == 1


def test_point_09_a_new_record_holds_no_account(sqlite_database, record_of):
    assert record_of(Account) == []


def test_point_09_the_first_admin_comes_by_a_link_that_works_once(client, sqlite_record, settings, now, sent, app):
    with sqlite_record.write() as session:
        token = people.first_admin(session, settings.access, now)
        spare = people.first_admin(session, settings.access, now)
    page = f"/welcome/{token}"
    assert client.get(page).headers["Referrer-Policy"] == "no-referrer"
    entries = {"login": "root", "phone": "13900139000", "password": PASSWORD}
    assert post(client, page, page, **{**entries, "password": "short"}).status_code == 422, "the link stays good"
    assert post(client, page, page, **entries).status_code == 303
    assert client.get(page).status_code == 404
    assert post(client, "/staff/sign-in", login="root", password=PASSWORD).status_code == 303
    assert post(client, "/sign-in/code", code=code_in(sent)).headers["Location"] == "/dispatch/"
    with sqlite_record.write() as session, pytest.raises(ConflictError, match="invitation"):
        people.first_admin(session, settings.access, now)
    late = post(app.test_client(), f"/welcome/{spare}", **{**entries, "login": "second"})
    assert late.status_code == 409, "a second link of before the first admin"


def test_point_10_the_password_alone_opens_nothing(member, client, sent, record_of):
    member("admin")
    answer = post(client, "/staff/sign-in", login="anna", password=PASSWORD)
    assert cookie(answer, "sign-in") is None
    assert record_of(AccountSession) == []
    assert client.get("/dispatch/").status_code == 303
    assert "/staff/sign-in" in client.get("/dispatch/").headers["Location"]
    assert sent[-1][0] == "+8613900139000"
    assert post(client, "/sign-in/code", code=code_in(sent)).status_code == 303
    assert client.get("/dispatch/").status_code == 302


def test_point_10_a_residents_code_never_opens_a_staff_account(member, resident_in, record_of):
    member("admin")
    client = resident_in("13900139000")
    assert client.get("/dispatch/").status_code == 403
    assert sorted(a.role for a in record_of(Account)) == ["admin", "resident"]


def test_point_11_a_new_password_by_link_still_asks_for_the_code(
    member, client, sqlite_record, settings, now, staff_in
):
    key = member()
    before = staff_in()
    with sqlite_record.write() as session:
        account = session.get_one(Account, key)
        token = people.reset(session, settings.access, OPERATOR, account, now)
    page = f"/welcome/{token}"
    answer = post(client, page, page, password="a wholly new sentence")
    assert answer.headers["Location"].startswith("/staff/sign-in")
    assert cookie(answer, "sign-in") is None
    assert client.get("/dispatch/").status_code == 303
    assert before.get("/dispatch/").status_code == 303, "who was signed in is signed out"
    staff_in(password="a wholly new sentence")


def test_point_12_an_invitation_expires_and_works_once(sqlite_record, settings, now, record_of):
    access = settings.access
    with sqlite_record.write() as session:
        token = people.invite(session, access, OPERATOR, Role.CLERK, "13900139000", ["DEP-01"], now)
        old = people.invite(session, access, OPERATOR, Role.CLERK, "13900139000", [], now)
    assert {len(link.token_digest) for link in record_of(OneTimeLink)} == {64}
    assert token not in " ".join(link.token_digest for link in record_of(OneTimeLink))
    with sqlite_record.write() as session:
        people.accept(session, access, token, "anna", "", PASSWORD, now)
    with sqlite_record.write() as session, pytest.raises(NotFoundError):
        people.accept(session, access, token, "bert", "", PASSWORD, now)
    with sqlite_record.write() as session, pytest.raises(NotFoundError):
        people.accept(session, access, old, "bert", "", PASSWORD, now + timedelta(hours=access.link_hours))
    with sqlite_record.read() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_point_12_the_invitation_says_role_phone_and_depots_and_not_who_accepts_it(
    client, sqlite_record, settings, now
):
    with sqlite_record.write() as session:
        token = people.invite(session, settings.access, OPERATOR, Role.CLERK, "13900139000", ["DEP-01"], now)
    page = f"/welcome/{token}"
    entries = {"login": "eve", "password": PASSWORD, "phone": "13800138000", "role": "admin", "every_depot": "1"}
    assert post(client, page, page, **entries).status_code == 303
    with sqlite_record.read() as session:
        account = session.scalars(select(Account)).one()
    assert (account.role, account.phone, account.every_depot) == ("clerk", "+8613900139000", False)
    assert [d.depot_code for d in account.depots] == ["DEP-01"]
