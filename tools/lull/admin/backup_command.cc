// lull backup: a consistent copy of the store while the server runs.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "tools/lull/admin/operator_commands.h"
#include "tools/lull/byte_text.h"
#include "tools/lull/command_options.h"
#include "tools/lull/progress_line.h"
#include "tools/lull/session.h"
#include "tools/lull/terminal.h"

namespace lull {
namespace {

struct Options {
  std::string name;
  OutputFormat format = OutputFormat::kTable;
};

ExitCode Backup(Session& session, const Options& options) {
  Connection client(session);
  v1::BackupRequest request;
  request.set_file_name(options.name);
  v1::BackupProgress last;
  absl::Status status;
  {
    ProgressLine line(SystemClock());
    status = client->Read<v1::BackupRequest, v1::BackupProgress>(
        kBackup, request, [&](const v1::BackupProgress& progress) {
          last = progress;
          line.Show(absl::StrCat(ProgressBar(progress.copied_bytes(), progress.total_bytes()), " ",
                                 ByteText(progress.copied_bytes()), " of ",
                                 ByteText(progress.total_bytes())));
          return absl::OkStatus();
        });
  }
  if (!status.ok()) return Fail(session, status);
  if (!last.done()) {
    return Fail(session, absl::DataLossError("the server ended the backup before it was complete"));
  }
  if (options.format == OutputFormat::kJson) return PrintJson(session, last);
  return Print(session, absl::StrCat(Printable(last.path(), LineBreaks::kEscape), "\n"));
}

}  // namespace

void AddBackupCommand(Command app, Session& session) {
  const auto options = std::make_shared<Options>();
  Command command = app.AddCommand(
      "backup",
      "Copy the server's store while it runs, consistently, and print the path of the copy.\nThe "
      "copy lies in the folder backups of the server's data directory. Ctrl-C gives it up.");
  command.Text("--name", options->name,
               "Name of the file: letters, digits and \"-_.\" (default: made from the time)");
  AddFormatOption(command, options->format);
  command.Examples({"lull backup", "lull backup --name before-upgrade.db"});
  SetRun(command, session, [&session, options] { return Backup(session, *options); });
}

}  // namespace lull
