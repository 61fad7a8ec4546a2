-- Refuses JSON bodies that are no JSON, or have a field that the request does not have.
--
-- The transcoder after this filter ignores unknown fields, so that a slip in
-- `requestId` would be silent. `known` (rendered from the protos, above) says which
-- message each REST path takes and which fields each message has. This walk is strict
-- (RFC 8259): whatever it lets through, the transcoder reads the same way.

local MAX_DEPTH = 32

local function invalid()
  error({ reason = "INVALID_JSON", message = "The body is not the JSON of the request." })
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

local function check(text, message)
  local at = after_space(text, 1)
  if text:sub(at, at) ~= "{" then
    invalid()
  end
  if after_space(text, after_value(text, at, message, "", 0)) <= #text then
    invalid()
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

local function message_of(verb, path)
  path = path:match("^[^?]*")
  for _, body in ipairs(known.bodies) do
    if body[1] == verb and path:find(body[2]) then
      return body[3]
    end
  end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local content_type = (headers:get("content-type") or ""):lower()
  if content_type:find("^application/grpc") then
    return
  end
  local message = message_of(headers:get(":method"), headers:get(":path"))
  if not message then
    return
  end
  local body = handle:body()
  if not body or body:length() == 0 then
    return
  end
  if not content_type:find("^application/json") then
    -- Also what a form on another site could send without asking (CORS).
    local text = "The content-type must be application/json."
    return refuse(handle, { reason = "INVALID_JSON", message = text })
  end
  local well, found = pcall(check, body:getBytes(0, body:length()), message)
  if not well then
    if type(found) ~= "table" then
      error(found)
    end
    refuse(handle, found)
  end
end
