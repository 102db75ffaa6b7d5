"""Files: uploads, what is kept of them, downloads."""

import mimetypes
import os
import types
import urllib.parse

import clock
import kinds
import lists
import users
from refusal import Refusal
from schema import Upload

mimetypes.add_type("text/markdown", ".md")
OWN_TYPES = {".yar": "text/yara+plain", ".yara": "text/yara+plain"}


def mime_of(name):
    """The part's own Content-Type is ignored, so that the extension alone decides."""
    stem, extension = os.path.splitext(name)
    if name.endswith("pdf_report"):
        return "application/pdf"
    return OWN_TYPES.get(extension.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def cut(name):
    stem, extension = os.path.splitext(os.path.basename(name))
    return stem[:200] + extension[:10]


class Files:
    def __init__(self, platform):
        self.platform = platform
        self.by_id = {}

    def _markings(self, given):
        out = []
        for id in given or []:
            if id is None:
                continue
            one = self.platform.objects.find(id)
            if one is None or one.type != "MarkingDefinition":
                raise Refusal("FUNCTIONAL_ERROR", "Cannot find the marking of the file", id=id)
            out.append(one.internal_id)
        return out

    def store(
        self, call, folder, upload, markings=None, version=None, refuse_existing=False, metadata=None, quiet=False
    ):
        if not isinstance(upload, Upload) or upload.path is None:
            raise ValueError("File missing in the request.")
        markings = self._markings(markings)
        name = cut(upload.name)
        stored_name = name.lower() if self.platform.at_least("7") else name
        id = folder + "/" + stored_name
        if call.draft:
            id = "draft/%s/%s" % (call.draft, id)
        old = self.by_id.get(id)
        if old and refuse_existing:
            raise Refusal("FUNCTIONAL_ERROR", "A file already exists with this name")
        at = clock.now()
        version = version or at
        if old and self.platform.at_least("7"):
            if old["sha256"] == upload.sha256 or version <= old["metaData"]["version"]:
                return old
        file = {
            "id": id,
            "entity_type": "InternalFile",
            "name": name,
            "size": upload.size,
            "lastModified": at,
            "lastModifiedSinceMin": 0,
            "uploadStatus": "complete",
            "works": [],
            "objectMarking": lambda call: [self.platform.objects.node(m) for m in markings],
            "path": upload.path,
            "sha256": upload.sha256,
            "metaData": {
                "encoding": "7bit",
                "mimetype": mime_of(name),
                "version": version,
                "messages": [],
                "errors": [],
                "file_markings": markings,
                "creator_id": call.user.id,
                "creator": users.creator(call.user.id),
                "labels": [],
                "labels_text": "",
                **(metadata or {}),
            },
        }
        self.by_id[id] = file
        if folder.startswith("import/") and folder != "import/pending" and not quiet:
            self.platform.jobs.file_added(call.user, file)
        return file

    def fill(self, number):
        """Empty files among the global imports, filled1.txt and so on."""
        admin, empty = next(user for user in users.USERS if user.bypass), os.devnull
        call = types.SimpleNamespace(user=admin, draft=None)
        for at in range(1, number + 1):
            name = "filled%d.txt" % at
            self.store(call, "import/global", Upload(name, empty, 0, name), quiet=True)

    def within(self, folder, args):
        chosen = [file for id, file in self.by_id.items() if id.rsplit("/", 1)[0] == folder]
        return lists.page(chosen, self._value, args)

    @staticmethod
    def _value(file, key):
        return file["metaData"]["mimetype"] if key == "metaData.mimetype" else file.get(key)

    def of_entity(self, field, one, args):
        kind = "import" if field == "importFiles" else "export"
        chosen = [f for id, f in self.by_id.items() if id.startswith(kind + "/") and one.internal_id in id]
        return lists.page(chosen, self._value, {k: v for k, v in args.items() if k in ("first", "after")})

    def readable(self, user, path):
        """(file or None); path is what follows /storage/get/ in the URL."""
        id = "/".join(urllib.parse.unquote(part) for part in path.split("/"))
        file = self.by_id.get(id)
        if file is None:
            return None
        needed = ["KNOWLEDGE_KNASKIMPORT"] if id.startswith("import/global") else ["KNOWLEDGE"]
        return file if user.may(needed) else None

    # GraphQL

    def operations(self):
        exports = {
            name: self.op_export_list
            for name in (
                "stixCoreObjectsExportPush",
                "stixDomainObjectsExportPush",
                "stixCyberObservablesExportPush",
                "stixCoreRelationshipsExportPush",
            )
        }
        lists_of = {
            name: self.op_export_files
            for name in (
                "stixCoreObjectsExportFiles",
                "stixDomainObjectsExportFiles",
                "stixCyberObservablesExportFiles",
                "stixCoreRelationshipsExportFiles",
            )
        }
        return {
            "uploadImport": lambda call, file, fileMarkings=None: self.store(
                call, "import/global", file, fileMarkings
            ),
            "uploadAndAskJobImport": self.op_upload_and_ask,
            "uploadPending": self.op_pending,
            "deleteImport": self.op_delete,
            "file": lambda call, id: self.by_id.get(id),
            "importFiles": lambda call, **args: self.within("import/global", args),
            "pendingFiles": lambda call, **args: self.within("import/pending", args),
            "guessMimeType": lambda call, fileId: mime_of(fileId),
            "askJobImport": self.op_ask,
            "stixCoreObjectEdit": lambda call, id: Edit(self, id, "core"),
            "stixDomainObjectEdit": lambda call, id: Edit(self, id, "domain"),
            "stixCyberObservableEdit": lambda call, id: Edit(self, id, "observable"),
            "externalReferenceEdit": lambda call, id: Edit(self, id, "reference"),
            **exports,
            **lists_of,
        }

    def op_pending(
        self, call, file, entityId=None, labels=None, errorOnExisting=None, file_markings=None, refreshEntity=None
    ):
        if call.draft:
            raise Refusal("UNSUPPORTED_ERROR", "Cannot create a workbench in a draft")
        metadata = {"entity_id": entityId, "labels": labels or [], "labels_text": ";".join(labels or [])}
        return self.store(call, "import/pending", file, file_markings, None, errorOnExisting, metadata)

    def op_delete(self, call, fileName=None):
        if self.by_id.pop(fileName, None) is None:
            raise Refusal("FUNCTIONAL_ERROR", "File not found or restricted", filename=fileName)
        return fileName

    def op_upload_and_ask(
        self, call, file, fileMarkings=None, connectors=None, validationMode=None, draftId=None, noTriggerImport=None
    ):
        stored = self.store(
            call, "import/global", file, fileMarkings, quiet=bool(connectors) or bool(noTriggerImport)
        )
        for one in connectors or []:
            self.platform.jobs.import_file(
                call.user, stored, one.get("connectorId"), one.get("configuration"), validationMode
            )
        return stored

    def op_ask(
        self,
        call,
        fileName,
        connectorId=None,
        configuration=None,
        bypassEntityId=None,
        bypassValidation=None,
        validationMode=None,
        forceValidation=None,
    ):
        file = self.by_id.get(fileName)
        if file is None:
            raise Refusal("FUNCTIONAL_ERROR", "File not found or restricted", filename=fileName)
        if connectorId:
            self.platform.jobs.import_file(call.user, file, connectorId, configuration, validationMode)
        else:
            self.platform.jobs.file_added(call.user, file, every=True)
        return file

    def op_export_list(self, call, entity_type, file, file_markings, entity_id=None, listFilters=None):
        folder = "export/" + entity_type + ("/" + entity_id if entity_id else "")
        self.store(call, folder, file, file_markings, metadata={"list_filters": listFilters})
        return True

    def op_export_files(self, call, exportContext, first=None):
        entity = exportContext.get("entity_id")
        return self.within(
            "export/" + exportContext["entity_type"] + ("/" + entity if entity else ""), {"first": first}
        )


class Edit:
    """The sub-fields of stixCoreObjectEdit and its like that connectors use."""

    def __init__(self, files, id, kind):
        self.files, self.id, self.kind = files, id, kind

    def field(self, name, call, args):
        platform = self.files.platform
        one = platform.objects.find(self.id)
        if name == "importPush":
            if one is None:
                raise Refusal("UNSUPPORTED_ERROR", "Cant upload a file an none existing element", id=self.id)
            return self._store(call, "import", one, args)
        if one is None:
            raise Refusal("FUNCTIONAL_ERROR", "Cannot find the element", id=self.id)
        if name == "exportPush":
            if self.kind == "observable":
                raise TypeError("Cannot destructure property 'createReadStream' of 'upload' as it is undefined.")
            self._store(call, "export", one, args)
            return True
        if name == "analysisPush":
            metadata = {
                "entity_id": one.internal_id,
                "analysis_content_source": args["contentSource"],
                "analysis_content_type": args["contentType"],
                "analysis_type": args["analysisType"],
            }
            return self._store(call, "analysis", one, args, metadata)
        if name == "askEnrichment":
            return platform.jobs.enrich(call.user, one, args["connectorId"])
        if name == "askEnrichments":
            return [platform.jobs.enrich(call.user, one, id) for id in args["connectorIds"]]
        if name == "delete":
            platform.objects.drop(self.id)
            return self.id
        raise Refusal("UNSUPPORTED_ERROR", "Not done by the stand-in", field=name)

    def _store(self, call, kind, one, args, metadata=None):
        folder = "%s/%s/%s" % (kind, kinds.entity_type(one.stix), one.internal_id)
        markings = args.get("fileMarkings") or args.get("file_markings")
        metadata = dict(metadata or {}, entity_id=one.internal_id)
        return self.files.store(
            call,
            folder,
            args["file"],
            markings,
            args.get("version"),
            False,
            metadata,
            bool(args.get("noTriggerImport")),
        )
