"""The libraries installed on this system, as one repository with a cc_library for each.

What to compile and link with is asked from pkg-config (Boost has no .pc file: its headers are probed). A missing
library stops the build with the name of the package to install.
"""

# One entry for each target of the repository:
#   modules: pkg-config modules whose flags the target carries
#   libs: linked as well, for libraries without a module of their own
#   header: must exist, for libraries without any module
#   deps: other targets of this repository
#   package: the Debian package that holds it
_LIBRARIES = {
    "absl": struct(
        package = "libabsl-dev",
        modules = [
            "absl_any_invocable",
            "absl_base",
            "absl_btree",
            "absl_bind_front",
            "absl_cleanup",
            "absl_cord",
            "absl_flat_hash_map",
            "absl_flat_hash_set",
            "absl_function_ref",
            "absl_hash",
            "absl_inlined_vector",
            "absl_node_hash_map",
            "absl_random_random",
            "absl_span",
            "absl_status",
            "absl_statusor",
            "absl_str_format",
            "absl_strings",
            "absl_synchronization",
            "absl_time",
        ],
    ),
    "benchmark": struct(package = "libbenchmark-dev", modules = ["benchmark"]),
    "boost": struct(package = "libboost1.81-dev", header = "boost/beast/version.hpp"),
    "cli11": struct(package = "libcli11-dev", modules = ["CLI11"]),
    "curl": struct(package = "libcurl4-openssl-dev", modules = ["libcurl"]),
    "gmock": struct(package = "libgmock-dev", modules = ["gmock"], deps = ["gtest"]),
    "grpc++": struct(
        package = "libgrpc++-dev",
        modules = ["grpc++"],
        libs = ["grpc++_reflection"],
        deps = ["absl", "protobuf"],
    ),
    "gtest": struct(package = "libgtest-dev", modules = ["gtest"]),
    "gtest_main": struct(package = "libgtest-dev", modules = ["gtest_main"], deps = ["gtest"]),
    "mimalloc": struct(package = "libmimalloc-dev", header = "mimalloc.h", libs = ["mimalloc"]),
    "nlohmann_json": struct(package = "nlohmann-json3-dev", modules = ["nlohmann_json"]),
    "openssl": struct(package = "libssl-dev", modules = ["openssl"]),
    "prometheus": struct(package = "prometheus-cpp-dev", modules = ["prometheus-cpp-core"]),
    "protobuf": struct(package = "libprotobuf-dev", modules = ["protobuf"]),
    "simdjson": struct(package = "libsimdjson-dev", modules = ["simdjson"]),
    "spdlog": struct(package = "libspdlog-dev", modules = ["spdlog"]),
    "sqlite3": struct(package = "libsqlite3-dev", modules = ["sqlite3"]),
    "yaml_cpp": struct(package = "libyaml-cpp-dev", modules = ["yaml-cpp"]),
    "zstd": struct(package = "libzstd-dev", modules = ["libzstd"]),
}

# Programs that build rules call, as files of the repository's bin/ folder.
_PROGRAMS = {
    "grpc_cpp_plugin": "protobuf-compiler-grpc",
    "protoc": "protobuf-compiler",
}

def _pkg_config(repository_ctx, pkg_config, modules):
    """The flags as a list, or None and why there are none."""
    result = repository_ctx.execute([pkg_config, "--print-errors", "--cflags", "--libs"] + modules)
    if result.return_code != 0:
        return None, result.stderr.strip()
    return [flag for flag in result.stdout.replace("\n", " ").split(" ") if flag], None

def _last_of_each(flags):
    # pkg-config repeats libraries; with static archives the last mention is the one that counts.
    seen = {}
    kept = []
    for flag in reversed(flags):
        if flag not in seen:
            seen[flag] = True
            kept.append(flag)
    return reversed(kept)

def _cc_library(repository_ctx, name, library, flags):
    defines = []
    links = []
    includes = []
    for flag in flags:
        if flag.startswith("-D"):
            defines.append(flag[2:])
        elif flag.startswith("-I"):
            if flag.startswith("-I/usr/include/") and flag.endswith("-linux-gnu"):
                continue  # searched by the compiler anyway

            # Bazel wants headers from elsewhere to lie in a repository.
            link = "include/{}_{}".format(name, len(includes))
            repository_ctx.symlink(flag[2:], link)
            includes.append(link)
        elif flag.startswith("-Wl,") or flag in ["-latomic", "-lrt"]:
            # Abseil's wrapping of libatomic; as-needed below does the same for every library.
            continue
        else:
            links.append(flag)
    links += ["-l" + lib for lib in getattr(library, "libs", [])]
    linkopts = []
    if links:
        linkopts = ["-Wl,--push-state,--as-needed"] + _last_of_each(links) + ["-Wl,--pop-state"]
    return """
cc_library(
    name = "{name}",
    hdrs = glob([pattern + "/**" for pattern in {includes}]),
    defines = {defines},
    includes = {includes},
    linkopts = {linkopts},
    deps = {deps},
)
""".format(
        name = name,
        defines = repr(defines),
        includes = repr(includes),
        linkopts = repr(linkopts),
        deps = repr([":" + dep for dep in getattr(library, "deps", [])]),
    )

def _has_header(repository_ctx, header):
    for folder in ["/usr/include", "/usr/local/include"]:
        if repository_ctx.path(folder + "/" + header).exists:
            return True
    return False

def _flags(repository_ctx, pkg_config, library):
    if hasattr(library, "header") and not _has_header(repository_ctx, library.header):
        return None, "no header " + library.header
    if hasattr(library, "modules"):
        return _pkg_config(repository_ctx, pkg_config, library.modules)
    return [], None

def _fail_for_missing(missing):
    what = ["  {}: {}".format(package, "; ".join(reasons)) for package, reasons in missing.items()]
    fail("\n\nNot installed on this system (Debian package: what was looked for):\n{}\n{}{}\n".format(
        "\n".join(what),
        "Install everything that the build needs with: tools/install_packages build\n",
        "or only these with: apt-get install " + " ".join(missing.keys()),
    ))

def _system_libraries_impl(repository_ctx):
    pkg_config = repository_ctx.which("pkg-config")
    if not pkg_config:
        _fail_for_missing({"pkg-config": ["the program pkg-config"]})

    missing = {}
    build = [
        "# Written by //tools/bazel:system_libraries.bzl.",
        "package(default_visibility = [\"//visibility:public\"])",
    ]
    for program, package in _PROGRAMS.items():
        path = repository_ctx.which(program)
        if path:
            repository_ctx.symlink(path, "bin/" + program)
        else:
            missing[package] = missing.get(package, []) + ["the program " + program]
    build.append("exports_files(glob([\"bin/*\"]))")

    for name, library in _LIBRARIES.items():
        flags, why = _flags(repository_ctx, pkg_config, library)
        if flags == None:
            missing[library.package] = missing.get(library.package, []) + [why]
        else:
            build.append(_cc_library(repository_ctx, name, library, flags))
    if missing:
        _fail_for_missing(missing)
    repository_ctx.file("BUILD.bazel", "\n".join(build))

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    doc = "Makes a repository with a cc_library for each system library that the project uses.",
    configure = True,
    local = True,
    environ = ["PATH", "PKG_CONFIG_PATH"],
)
