"""importer.py DIR: an external import as the template of OpenCTI's connectors has it, run once. It sends what is in
DIR/print, if anything is, or raises what is in DIR/fail."""

import os
import sys
from datetime import datetime, timezone

from pycti import OpenCTIConnectorHelper


class Importer:
    def __init__(self, directory):
        self.directory = directory
        self.helper = OpenCTIConnectorHelper({})

    def read(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8") as file:
            return file.read()

    def work(self):
        try:
            now = datetime.now(timezone.utc)
            work_id = self.helper.api.work.initiate_work(self.helper.connect_id, "Interop feed")
            if self.read("fail"):
                raise ValueError(self.read("fail"))
            text = self.read("print")
            if text:
                self.helper.send_stix2_bundle(text, work_id=work_id, cleanup_inconsistent_bundle=True)
            last_run = now.strftime("%Y-%m-%d %H:%M:%S")
            self.helper.set_state({**(self.helper.get_state() or {}), "last_run": last_run})
            message = "%s connector successfully run, storing last_run as %s" % (self.helper.connect_name, last_run)
            self.helper.api.work.to_processed(work_id, message)
        except Exception as error:
            self.helper.connector_logger.error(str(error))


if __name__ == "__main__":
    importer = Importer(sys.argv[1])
    importer.helper.schedule_process(message_callback=importer.work, duration_period=3600)
