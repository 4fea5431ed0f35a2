"""google/rpc/{code,status,error_details}.proto, which gRPC's rich errors are made of, from the system's files."""

_FILES = ["code", "error_details", "status"]

# Debian has several copies; this package's is the smallest that is new enough to have ErrorInfo.
_PACKAGE = "golang-github-gogo-googleapis-dev"
_FOLDERS = [
    "/usr/share/gocode/src/github.com/gogo/googleapis",
    "/usr/include",
    "/usr/local/include",
]

_BUILD = """
load("@lull//tools/bazel:proto.bzl", "lull_proto_library")

package(default_visibility = ["//visibility:public"])

lull_proto_library(
    name = "rpc",
    srcs = {srcs},
)
"""

def _googleapis_rpc_impl(repository_ctx):
    folders = list(_FOLDERS)
    if repository_ctx.os.environ.get("LULL_GOOGLEAPIS"):
        folders = [repository_ctx.os.environ["LULL_GOOGLEAPIS"]]
    for folder in folders:
        if repository_ctx.path(folder + "/google/rpc/error_details.proto").exists:
            for name in _FILES:
                path = "google/rpc/{}.proto".format(name)
                repository_ctx.symlink("{}/{}".format(folder, path), path)
            srcs = ["google/rpc/{}.proto".format(name) for name in _FILES]
            repository_ctx.file("BUILD.bazel", _BUILD.format(srcs = repr(srcs)))
            return
    fail(("\n\ngoogle/rpc/error_details.proto was not found below any of {}.\nInstall it with: apt-get install {}" +
          ", or name the folder that holds google/rpc in LULL_GOOGLEAPIS.\n").format(folders, _PACKAGE))

googleapis_rpc = repository_rule(
    implementation = _googleapis_rpc_impl,
    doc = "Makes a repository whose target //:rpc is a lull_proto_library of google/rpc.",
    configure = True,
    local = True,
    environ = ["LULL_GOOGLEAPIS"],
)
