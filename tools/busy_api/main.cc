// busy_api: an HTTP server that behaves like a busy LLM provider. See README.md.

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/mutex.h"
#include "base/signals.h"
#include "tools/busy_api/behaviour.h"
#include "tools/busy_api/busy_server.h"
#include "tools/busy_api/preset.h"
#include "tools/busy_api/settings.h"

namespace lull {
namespace {

constexpr char kClockStartFormat[] = "%Y-%m-%dT%H:%M:%SZ";
constexpr absl::Duration kStopGrace = absl::Seconds(1);

struct Flags {
  BusyServerOptions server;
  std::string port_file;
  std::string clock_start = absl::FormatTime(kClockStartFormat, kClockStart, absl::UTCTimeZone());
  double idle_timeout_s = 75;
  bool presets = false;
  bool script_members = false;
};

// With the allowed values, where they are words.
template <typename T>
std::string HelpOf(const Field<T>& field) {
  return field.choices.empty() ? std::string(field.help)
                               : absl::StrCat(field.help, " [", field.choices, "]");
}

void PrintPresets() {
  for (const Preset& preset : Presets()) {
    std::cout << absl::StrFormat("%-30s %-10s %s\n", preset.name, preset.meaning, preset.help);
  }
}

void PrintScriptMembers() {
  std::cout << "preset                name of the preset that the other members change\n"
            << "headers               object of header fields to add or replace\n";
  for (const Field<Behaviour>& field : BehaviourFields()) {
    std::cout << absl::StrFormat("%-21s %s\n", field.name, HelpOf(field));
  }
}

void AddFlags(CLI::App* app, Flags* flags) {
  app->add_option("--address", flags->server.address, "numeric address to listen on")
      ->capture_default_str();
  app->add_option("--port", flags->server.port, "port to listen on; 0: any free one")
      ->capture_default_str();
  app->add_option("--port-file", flags->port_file,
                  "file to write the port to once calls are accepted");
  app->add_option("--ledger", flags->server.ledger_file,
                  "file to append a line to per call and per end");
  app->add_option("--ledger-kept", flags->server.ledger_kept,
                  "newest calls to keep in memory for GET /busy/ledger")
      ->capture_default_str();
  app->add_option("--seed", flags->server.seed, "of everything that happens by chance")
      ->capture_default_str();
  app->add_option("--idle-timeout-s", flags->idle_timeout_s,
                  "a kept-alive connection without a request is closed after so long")
      ->check(CLI::Range(0.001, 1e9))
      ->capture_default_str();
  app->add_option("--clock-start", flags->clock_start,
                  "what the accelerated clock shows at first, such as 2026-01-05T08:00:00Z; now: "
                  "the time it is")
      ->capture_default_str();
  app->add_flag("--presets", flags->presets, "list the presets and what each means, then exit");
  app->add_flag("--script-members", flags->script_members,
                "list the members of a script, then exit");
  for (const Field<Settings>& field : SettingFields()) {
    const std::string name = absl::StrCat("--", absl::StrReplaceAll(field.name, {{"_", "-"}}));
    std::visit(
        [&](auto member) {
          app->add_option(name, flags->server.settings.*member, HelpOf(field))
              ->capture_default_str()
              ->group("Settings (also at run time: POST /busy/settings)");
        },
        field.member);
  }
}

// Written beside and renamed, so that whoever waits for the file reads a whole number.
bool WritePortFile(const std::string& path, int port) {
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary);
    file << port << "\n";
    if (!file.flush()) return false;
  }
  return rename(temporary.c_str(), path.c_str()) == 0;
}

void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Fail(const absl::Status& status) {
  std::cerr << "busy_api: " << status.message() << '\n';
  return 1;
}

int Run(const Flags& flags) {
  RaiseDescriptorLimit();
  Mutex mutex;
  CondVar stop_asked;
  bool stop = false;
  const auto ask_stop = [&] {
    MutexLock lock(mutex);
    stop = true;
    stop_asked.Signal();
  };

  BusyServerOptions options = flags.server;
  options.on_shutdown = ask_stop;
  options.idle_timeout = absl::Seconds(flags.idle_timeout_s);
  std::string error;
  if (flags.clock_start == "now") {
    options.clock_start = SystemClock().WallNow();
  } else if (!absl::ParseTime(absl::RFC3339_full, flags.clock_start, &options.clock_start,
                              &error)) {
    return Fail(absl::InvalidArgumentError(absl::StrCat("--clock-start: ", error)));
  }
  auto server = BusyServer::Start(options);
  if (!server.ok()) return Fail(server.status());
  std::cerr << "busy_api listens on " << (*server)->url() << '\n';
  if (!flags.port_file.empty() && !WritePortFile(flags.port_file, (*server)->port())) {
    return Fail(absl::UnavailableError(absl::StrCat("cannot write ", flags.port_file)));
  }
  const SignalThread signals([&](int signal) {
    if (signal != SIGHUP) ask_stop();
  });
  {
    MutexLock lock(mutex);
    while (!stop) stop_asked.Wait(mutex);
  }
  (*server)->Stop(kStopGrace);
  return 0;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
  lull::BlockSignals();
  lull::Flags flags;
  flags.server.port = 8089;
  CLI::App app("An HTTP server that behaves like a busy LLM provider.", "busy_api");
  lull::AddFlags(&app, &flags);
  CLI11_PARSE(app, argc, argv);
  if (flags.presets) lull::PrintPresets();
  if (flags.script_members) lull::PrintScriptMembers();
  if (flags.presets || flags.script_members) return 0;
  return lull::Run(flags);
}
