// The server's defaults, all in one place: whoever uses a configuration finds every value in it.
#ifndef LULL_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_
#define LULL_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_

#include <google/protobuf/repeated_ptr_field.h>

#include "proto/server_config.pb.h"

namespace lull {

// As `http_address`: there is to be no HTTP port.
inline constexpr char kNoHttpPort[] = "none";

// What every class gets of an account's capacity at least, so that nothing starves.
inline constexpr double kMinGuaranteedShare = 0.01;

// The classes of a server that is told of none: interactive, standard and batch. Only with what
// makes them differ.
google::protobuf::RepeatedPtrField<v1::ClassConfig> DefaultClasses();

// Fills in everything that is not there, including an account of its own for each upstream that has
// none. To be called once, after the checks.
void FillInDefaults(v1::ServerConfig* config);

}  // namespace lull

#endif  // LULL_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_
