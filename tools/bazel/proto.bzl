"""C++ from .proto files, with the system's protoc and gRPC plugin.

Imports are relative to the workspace's root (import "proto/job.proto"); google/protobuf comes with protoc and needs
no dependency, google/rpc is "@googleapis_rpc//:rpc".
"""

_Protos = provider(
    doc = "What it takes to compile .proto files that import these.",
    fields = {
        "files": "depset of .proto files, with all that they import",
        "roots": "depset of the folders that import paths are relative to",
    },
)

def _generated(ctx, source, suffix):
    path = source.short_path[:-len(".proto")]
    prefix = ctx.label.package + "/" if ctx.label.package else ""
    if path.startswith("../"):  # ../repository/path for files of another repository
        path = path.split("/", 2)[2]
    if not path.startswith(prefix):
        fail("{} is not in package {}".format(source.path, ctx.label.package))
    return ctx.actions.declare_file(path[len(prefix):] + suffix)

def _lull_protos_impl(ctx):
    root = ctx.label.workspace_root or "."
    files = depset(ctx.files.srcs, transitive = [dep[_Protos].files for dep in ctx.attr.deps])
    roots = depset([root], transitive = [dep[_Protos].roots for dep in ctx.attr.deps])

    headers = []
    sources = []
    suffixes = [".pb"] + ([".grpc.pb"] if ctx.attr.services else [])
    for source in ctx.files.srcs:
        headers += [_generated(ctx, source, suffix + ".h") for suffix in suffixes]
        sources += [_generated(ctx, source, suffix + ".cc") for suffix in suffixes]
    descriptor = ctx.actions.declare_file(ctx.label.name + ".descriptor.pb")
    out = ctx.bin_dir.path + ("/" + ctx.label.workspace_root if ctx.label.workspace_root else "")

    arguments = ctx.actions.args()
    arguments.add_all(roots, before_each = "--proto_path")
    arguments.add("--cpp_out", out)
    plugins = []
    if ctx.attr.services:
        arguments.add("--plugin=protoc-gen-grpc=" + ctx.executable._grpc_plugin.path)
        arguments.add("--grpc_out", out)
        plugins = [ctx.executable._grpc_plugin]
    arguments.add("--descriptor_set_out", descriptor)
    arguments.add("--include_imports")
    arguments.add("--include_source_info")  # keeps the comments
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [arguments],
        inputs = files,
        tools = plugins,
        outputs = headers + sources + [descriptor],
        mnemonic = "Protoc",
        progress_message = "Generating C++ from protos of %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(
            headers = depset(headers),
            sources = depset(sources),
            descriptor = depset([descriptor]),
        ),
        _Protos(files = files, roots = roots),
    ]

_lull_protos = rule(
    implementation = _lull_protos_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"], mandatory = True),
        "deps": attr.label_list(providers = [_Protos]),
        "services": attr.bool(),
        "_protoc": attr.label(
            default = "@system//:bin/protoc",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
        "_grpc_plugin": attr.label(
            default = "@system//:bin/grpc_cpp_plugin",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
    },
)

def _protos_of(dep):
    if ":" in dep:
        return dep + "_protos"
    return dep + ":" + dep.split("/")[-1] + "_protos"

def _proto_targets(name, srcs, deps, services, system_deps, visibility, **kwargs):
    _lull_protos(
        name = name + "_protos",
        srcs = srcs,
        deps = [_protos_of(dep) for dep in deps],
        services = services,
        visibility = visibility,
        **kwargs
    )
    for group in ["headers", "sources", "descriptor"]:
        native.filegroup(
            name = "{}_{}".format(name, group),
            srcs = [name + "_protos"],
            output_group = group,
            visibility = visibility,
            **kwargs
        )
    native.cc_library(
        name = name,
        srcs = [name + "_sources"],
        hdrs = [name + "_headers"],
        deps = deps + system_deps,
        visibility = visibility,
        **kwargs
    )

def lull_proto_library(name, srcs, deps = [], visibility = None, **kwargs):
    """A cc_library of the messages in .proto files.

    Also makes <name>_descriptor: the file <name>_protos.descriptor.pb, a FileDescriptorSet with all imports and with
    the comments of the .proto files.

    Args:
      name: of the cc_library.
      srcs: .proto files of this package.
      deps: other lull_proto_library or lull_grpc_library targets that they import.
      visibility: of all targets made.
      **kwargs: passed to all targets made.
    """
    _proto_targets(name, srcs, deps, False, ["@system//:protobuf"], visibility, **kwargs)

def lull_grpc_library(name, srcs, deps = [], visibility = None, **kwargs):
    """Like lull_proto_library, with the C++ of the gRPC services in the files (<file>.grpc.pb.h) as well."""
    _proto_targets(name, srcs, deps, True, ["@system//:grpc++"], visibility, **kwargs)
