"""Jobs: admins follow all, everybody else their own; somebody else's does not exist for them."""

from ccperf.jobs.models import Job
from tests.access_rules import EVERYONE, rule


def job_of(user, status=Job.Status.RUNNING, **fields):
    return Job.objects.create(kind="test.kind", title="A job", created_by=user, status=status, **fields)


def own(centre):
    return {"pk": job_of(centre.supervisor, done=3, total=10).pk}


def failed(centre):
    return {"pk": job_of(centre.supervisor, Job.Status.FAILED, error="The file ended in line 812.").pk}


RULES = {
    "jobs:job-list": rule(ok=EVERYONE),
    "jobs:job-detail": rule(ok="supervisor admin", otherwise=404, args=own),
    "jobs:job-progress": rule(ok="supervisor admin", otherwise=404, args=own),
    "jobs:job-retry": rule(method="post", ok="supervisor admin", otherwise=404, args=failed),
}


def grow(centre, count):
    for user in (centre.supervisor, centre.admin):
        for number in range(count):
            job_of(user, Job.Status.DONE, done=number, total=number)
