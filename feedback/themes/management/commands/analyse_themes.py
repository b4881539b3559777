from django.core.management.base import BaseCommand, CommandError

from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from feedback.themes.services import GRAINS, start_analysis


class Command(BaseCommand):
    help = "Read all stored comments and look for new themes, in this process."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--grain", choices=GRAINS, default="medium")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args, **options) -> None:
        job = run_job_now(start_analysis(by=None, grain=options["grain"], seed=options["seed"]).pk)
        if job.status == Job.Status.FAILED:
            raise CommandError(job.error)
        if job.status != Job.Status.DONE:
            raise CommandError("An analysis already runs in a worker. Follow it on the page of jobs.")
        self.stdout.write(job.result["sentence"])
