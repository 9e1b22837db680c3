"""Letting an account of a test act for a partner: its sign-in name is entered in what config/partners.toml says."""

from recycling.models import Account
from recycling.partner_companies import Partners


def admit(database, settings, client, code):
    """Enter the sign-in name of a client's account under the partner of a code."""
    with database.read() as session:
        login = session.get_one(Account, client.account).login
    known = [
        one.model_copy(update={"accounts": (*one.accounts, login)}) if one.code == code else one
        for one in settings.partners.partner
    ]
    vars(settings)["partners"] = Partners.model_construct(partner=tuple(known))
    return client
