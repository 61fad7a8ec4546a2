-- Refuses REST requests whose body is no JSON, or which name a field that there is not.
--
-- The transcoder after this filter ignores unknown fields of the body, so that a slip in
-- `requestId` would be silent. `known` (above, rendered from the protos) says which
-- message each REST path takes and which fields each message has. This walk is strict
-- (RFC 8259): whatever it lets through, the transcoder reads the same way.

local MAX_DEPTH = 32

local function invalid()
  error({ reason = "INVALID_JSON", message = "This is not the JSON of the request." })
end

local function unknown(path)
  -- Only what looks like a name is repeated.
  if #path <= 200 and path:find("^[%w_.]+$") then
    local message = "The request has no field " .. path .. "."
    error({ reason = "UNKNOWN_FIELD", message = message, field = path })
  end
  error({ reason = "UNKNOWN_FIELD", message = "The request has no such field." })
end

local function after_space(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

-- `at` is the opening quote; returns the place after the closing one.
local function after_string(text, at)
  at = at + 1
  while true do
    at = text:find('["\\%z\1-\31]', at) or invalid()
    local found = text:sub(at, at)
    if found == '"' then
      return at + 1
    end
    at = text:match('^\\["\\/bfnrt]()', at) or text:match("^\\u%x%x%x%x()", at) or invalid()
  end
end

local function after_number(text, at)
  at = text:match("^%-?0()", at) or text:match("^%-?[1-9]%d*()", at) or invalid()
  at = text:match("^%.%d+()", at) or at
  return text:match("^[eE][+-]?%d+()", at) or at
end

local function after_word(text, at)
  return text:match("^true()", at) or text:match("^false()", at) or text:match("^null()", at)
end

local after_value

-- Commas and the closing bracket, the same in objects and lists.
local function after_items(text, at, close, after_item)
  at = after_space(text, at + 1)
  if text:sub(at, at) == close then
    return at + 1
  end
  while true do
    at = after_space(text, after_item(at))
    local found = text:sub(at, at)
    if found == close then
      return at + 1
    elseif found ~= "," then
      invalid()
    end
    at = after_space(text, at + 1)
  end
end

-- `message` names what an object's fields belong to; `true` is a field of no message,
-- whose value the transcoder judges. A key written with escapes is an unknown one.
local function after_object(text, at, message, path, depth)
  local fields = known.messages[message]
  return after_items(text, at, "}", function(start)
    if text:sub(start, start) ~= '"' then
      invalid()
    end
    local stop = after_string(text, start)
    local key = text:sub(start + 1, stop - 2)
    local inner = true
    if fields then
      inner = fields[key] or unknown(path .. key)
    end
    stop = after_space(text, stop)
    if text:sub(stop, stop) ~= ":" then
      invalid()
    end
    return after_value(text, after_space(text, stop + 1), inner, path .. key .. ".", depth)
  end)
end

after_value = function(text, at, message, path, depth)
  if depth > MAX_DEPTH then
    invalid()
  end
  local first = text:sub(at, at)
  if first == "{" then
    return after_object(text, at, message, path, depth + 1)
  elseif first == "[" then
    return after_items(text, at, "]", function(start)
      return after_value(text, start, message, path, depth + 1)
    end)
  elseif first == '"' then
    return after_string(text, at)
  end
  return after_word(text, at) or after_number(text, at)
end

local function check_body(text, message)
  local at = after_space(text, 1)
  if text:sub(at, at) ~= "{" then
    invalid()
  end
  if after_space(text, after_value(text, at, message, "", 0)) <= #text then
    invalid()
  end
end

-- `name` is a field, or fields joined by dots: what REST allows in a query.
local function check_parameter(name, message)
  for field in name:gmatch("[^.]+") do
    local fields = known.messages[message]
    message = fields and fields[field] or unknown(name)
  end
end

local function check_query(query, binding)
  for name in query:gmatch("([^&=]+)=?[^&]*") do
    if binding.body or binding.bound[name] then
      unknown(name)
    end
    check_parameter(name, binding.message)
  end
end

local function refuse(handle, found)
  local metadata = ""
  if found.field then
    metadata = ',"metadata":{"field":"' .. found.field .. '"}'
  end
  handle:respond({
    [":status"] = "400",
    ["content-type"] = "application/json",
    ["cache-control"] = "no-store",
    ["x-content-type-options"] = "nosniff",
  }, '{"code":3,"message":"' .. found.message .. '","details":[{"@type":'
    .. '"type.googleapis.com/google.rpc.ErrorInfo","reason":"' .. found.reason
    .. '","domain":"parley.dev"' .. metadata .. "}]}")
end

-- Answers with what `check` raises; says whether it has answered.
local function refused(handle, check, ...)
  local well, found = pcall(check, ...)
  if not well then
    if type(found) ~= "table" then
      error(found)
    end
    refuse(handle, found)
  end
  return not well
end

local function binding_of(verb, path)
  for _, binding in ipairs(known.bindings) do
    if binding.verb == verb and path:find(binding.path) then
      return binding
    end
  end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local content_type = (headers:get("content-type") or ""):lower()
  if content_type:find("^application/grpc") then
    return
  end
  local path, query = headers:get(":path"):match("^([^?]*)%??(.*)$")
  if path:find("^/scim/v2/") and not query:find("%20", 1, true) then
    -- Clients that write a space so (as forms do) write a plus as %2B.
    headers:replace(":path", (headers:get(":path"):gsub("%+", "%%20")))
  end
  local binding = binding_of(headers:get(":method"), path)
  if not binding or refused(handle, check_query, query, binding) or not binding.body then
    return
  end
  local body = handle:body()
  if not body or body:length() == 0 then
    return
  end
  if not content_type:find("^application/json") then
    -- A form on another site can send any other type without asking (CORS).
    local message = "The content-type must be application/json."
    return refuse(handle, { reason = "INVALID_JSON", message = message })
  end
  refused(handle, check_body, body:getBytes(0, body:length()), binding.message)
end

-- The status of SCIM's answers: gRPC has none but OK for what it carries.
function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get("x-scim-status")
  if status then
    headers:remove("x-scim-status")
    headers:replace(":status", status)
  end
end
