"""What is done about people every night."""

from celery import shared_task

from ccperf.people.services_accounts import close_lapsed_accounts


@shared_task(name="people.close_lapsed_accounts", ignore_result=True)
def close_accounts_of_leavers() -> None:
    """Shut the accounts of people whose last day has passed."""
    close_lapsed_accounts()
