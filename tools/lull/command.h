// Commands and options of the command line, without the library that reads it: its headers are
// large, and only command.cc includes them.
#ifndef LULL_TOOLS_LULL_COMMAND_H_
#define LULL_TOOLS_LULL_COMMAND_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lull {

// What the help says of an option or argument.
struct OptionInfo {
  // "-o", "--output"; a single "JOB" for an argument.
  std::vector<std::string> names;
  std::string help;
  bool takes_value = false;
  // The value is the name of a file or folder.
  bool is_path = false;
  // The only values there are; empty: others.
  std::vector<std::string> words;
};

// What the help says of a command.
struct CommandInfo {
  std::string name;
  std::string description;
  // Examples.
  std::string footer;
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> arguments;
  std::vector<CommandInfo> commands;
};

// An option or argument that was added. A handle: copy it as you like; the command line has to
// live.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option Required();
  // Its value when it is not given on the command line.
  Option Environment(const std::string& variable);
  // The two may not be given together.
  Option Excludes(Option other);
  // The heading that the help shows it under.
  Option Group(const std::string& heading);
  // Its value is the name of a file or folder.
  Option Path();
  // The only values it takes.
  Option Among(const std::vector<std::string>& words);

 private:
  CLI::Option* option_;
};

// A command, or the whole command line. A handle like Option. Names of options are "--long" or
// "-s,--long"; names without dashes are arguments by their place. Help texts say what the value
// means, in which unit, and what holds without it. Values are written when the line is read.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  Command AddCommand(const std::string& name, const std::string& description);

  Option Text(const std::string& name, std::string& value, const std::string& help);
  // Any number of times; an argument takes all that come.
  Option Texts(const std::string& name, std::vector<std::string>& values, const std::string& help);
  Option Flag(const std::string& name, bool& value, const std::string& help);
  // A whole number from `min` to `max`, which T holds.
  template <typename T>
  Option Number(const std::string& name, T& value, int64_t min, int64_t max,
                const std::string& help) {
    return AddNumber(
        name, min, max, [&value](int64_t read) { value = static_cast<T>(read); }, help);
  }
  // One of several words, each with what it stands for.
  template <typename T>
  Option Choice(const std::string& name, T& value,
                const std::vector<std::pair<std::string, T>>& choices, const std::string& help) {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : choices) words.push_back(word);
    return AddChoice(
        name, words,
        [&value, choices](const std::string& read) {
          for (const auto& [word, meaning] : choices) {
            if (word == read) value = meaning;
          }
        },
        help);
  }

  // It is of no use without one of the commands below it.
  void NeedCommand();
  // What happens when it is named.
  void OnNamed(std::function<void()> act);
  // Below the help: one example a line.
  void Examples(const std::vector<std::string>& lines);

  // This command with all below it.
  CommandInfo Describe() const;

 private:
  Option AddNumber(const std::string& name, int64_t min, int64_t max,
                   std::function<void(int64_t)> set, const std::string& help);
  Option AddChoice(const std::string& name, const std::vector<std::string>& words,
                   std::function<void(const std::string&)> set, const std::string& help);

  CLI::App* app_;
};

}  // namespace lull

#endif  // LULL_TOOLS_LULL_COMMAND_H_
