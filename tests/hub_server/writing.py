"""What the hub does when it is written to: repositories made, files taken, commits and tags."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import yaml

from tests.hub_server.answers import as_json, refuse
from tests.hub_server.faults import Answer
from tests.hub_server.repositories import Repository
from tests.hub_server.state import HubServer


@dataclass
class Writing:
    """One request that changes something."""

    hub: HubServer
    method: str
    path: str
    account: str
    may_write: bool
    body: bytes

    def answer(self) -> Answer | None:
        """Its answer; ``None`` where the path is none that can be written to."""
        parts = self.path.strip("/").split("/")
        if self.method == "PUT" and parts[0] == "lfs-store":
            return self._stored(parts[1], parts[2])
        if self.path == "/api/validate-yaml":
            return self._validated()
        if self.path == "/api/repos/create":
            return self._created()
        if parts[:2] == ["lfs-store", "complete"]:
            return self._completed()
        if self.path == "/lfs-store/verify":
            known = self._json()["oid"] in self.hub.blobs
            return as_json({}) if known else refuse(404, "", "There is no such object")
        if parts[-4:] == ["info", "lfs", "objects", "batch"]:
            return self._in(f"{parts[0]}/{parts[1].removesuffix('.git')}", self._batch)
        if parts[:2] == ["api", "models"] and len(parts) == 6:
            action = {"preupload": self._preupload, "commit": self._commit, "tag": self._tag}.get(parts[4])
            if action is not None:
                return self._in(f"{parts[2]}/{parts[3]}", action, parts[5])
        return None

    def _json(self) -> Any:
        return json.loads(self.body)

    def _may_write_to(self, owner: str) -> bool:
        return self.may_write and self.account in {owner, *self.hub.members.get(owner, ())}

    def _in(self, repo_id: str, action: Any, *arguments: str) -> Answer:
        repository = self.hub.repositories.get(repo_id)
        if repository is None or (repository.private and self.account not in repository.readers):
            return refuse(404 if self.account else 401, "RepoNotFound", "Repository not found")
        if not self._may_write_to(repo_id.partition("/")[0]):
            return refuse(403, "", f"Forbidden: you must use a write token to upload to {repo_id}")
        return action(repository, *arguments)

    def _validated(self) -> Answer:
        content = self._json()["content"]
        head = content.split("---")[1] if content.startswith("---\n") else ""
        try:
            told = yaml.safe_load(head) or {}
            assert isinstance(told, dict)
        except (yaml.YAMLError, AssertionError):
            return as_json({"errors": [{"message": "not a mapping"}], "warnings": []}, status=400)
        missing = [] if told else [{"message": "empty or missing yaml metadata in repo card"}]
        return as_json({"errors": [], "warnings": missing})

    def _created(self) -> Answer:
        asked = self._json()
        owner = asked.get("organization") or self.account
        repo_id = f"{owner}/{asked['name']}"
        if not self.account:
            return refuse(401, "", "Invalid username or password.")
        if not self._may_write_to(owner):
            return refuse(403, "", f"You don't have the rights to create a model under the namespace {owner}")
        if repo_id in self.hub.repositories:
            return refuse(409, "", "You already created this model repo")
        repository = Repository(repo_id, private=asked.get("visibility") == "private" or bool(asked.get("private")))
        repository.readers.add(self.account)
        repository.push({".gitattributes": "*.pt filter=lfs\n"}, "initial commit")
        self.hub.repositories[repo_id] = repository
        return as_json({"url": f"{self.hub.url}/{repo_id}", "name": repo_id, "id": "0" * 24})

    def _preupload(self, repository: Repository, _branch: str) -> Answer:
        records = []
        for file in self._json()["files"]:
            name = file["path"]
            large = repository.is_large(name) or file["size"] > 10_000_000
            known = repository.head.files.get(name)
            oid = None if known is None else known.sha256 if large else known.blob_id
            mode = "lfs" if large else "regular"
            records.append({"path": name, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        return as_json({"files": records})

    def _batch(self, _repository: Repository) -> Answer:
        objects = []
        for item in self._json()["objects"]:
            record: dict[str, Any] = {"oid": item["oid"], "size": item["size"]}
            if item["size"] > self.hub.largest:
                record["error"] = {"code": 422, "message": "Maximum file size exceeded"}
            elif item["oid"] not in self.hub.blobs:
                record["actions"] = {
                    "upload": self._upload(item),
                    "verify": {"href": f"{self.hub.url}/lfs-store/verify"},
                }
            objects.append(record)
        return as_json({"transfer": "basic", "objects": objects})

    def _upload(self, item: dict[str, Any]) -> dict[str, Any]:
        count = -(-item["size"] // self.hub.part)
        if count <= 1:
            return {"href": f"{self.hub.cdn}/lfs-store/{item['oid']}/0"}
        parts = {str(n): f"{self.hub.cdn}/lfs-store/{item['oid']}/{n}" for n in range(1, count + 1)}
        return {
            "href": f"{self.hub.url}/lfs-store/complete/{item['oid']}",
            "header": {"chunk_size": str(self.hub.part), **parts},
        }

    def _stored(self, oid: str, number: str) -> Answer:
        if number == "0":
            if hashlib.sha256(self.body).hexdigest() != oid:
                return refuse(400, "", "BadDigest")
            self.hub.blobs[oid] = self.body
        else:
            self.hub.parts[oid, int(number)] = self.body
        return as_json({}, ETag=f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"')

    def _completed(self) -> Answer:
        told = self._json()
        data = b"".join(self.hub.parts.pop((told["oid"], part["partNumber"])) for part in told["parts"])
        if hashlib.sha256(data).hexdigest() != told["oid"]:
            return refuse(400, "", "The parts are not the whole")
        self.hub.blobs[told["oid"]] = data
        return as_json({})

    def _commit(self, repository: Repository, branch: str) -> Answer:
        header: dict[str, Any] = {}
        files: dict[str, bytes] = {}
        for line in self.body.splitlines():
            record = json.loads(line)
            value = record["value"]
            if record["key"] == "header":
                header = value
            elif record["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif record["key"] == "lfsFile":
                if value["oid"] not in self.hub.blobs:
                    return refuse(422, "", f"{value['path']} was never uploaded")
                files[value["path"]] = self.hub.blobs[value["oid"]]
        if header.get("parentCommit") not in (None, repository.head.sha):
            return refuse(412, "", "The expected parent commit is no longer the head")
        sha = repository.push(files, header["summary"], branch)
        if "README.md" in files:
            repository.card = yaml.safe_load(files["README.md"].decode().split("---")[1]) or {}
            if isinstance(repository.card.get("tags"), str):
                repository.card["tags"] = [repository.card["tags"]]
        return as_json({"success": True, "commitOid": sha, "commitUrl": f"{self.hub.url}/{repository.id}/commit/{sha}"})

    def _tag(self, repository: Repository, revision: str) -> Answer:
        name = self._json()["tag"]
        commit = repository.resolve(revision)
        if commit is None:
            return refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if name in repository.tags:
            return refuse(409, "", "Tag reference exists already")
        repository.tags[name] = commit.sha
        return as_json({})
