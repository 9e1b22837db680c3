-- Takes the speed of each way from its tags; turns, lights and barriers cost nothing.
api_version = 4

function setup()
  return {
    properties = {
      weight_name = 'duration',
      max_speed_for_map_matching = 180 / 3.6,
      process_call_tagless_node = false,
      use_turn_restrictions = false,
      u_turn_penalty = 0,
      continue_straight_at_waypoint = false,
    },
  }
end

function process_way(profile, way, result)
  local forward = tonumber(way:get_value_by_key('kmh:forward'))
  local backward = tonumber(way:get_value_by_key('kmh:backward'))
  if forward then
    result.forward_mode, result.forward_speed = mode.driving, forward
  end
  if backward then
    result.backward_mode, result.backward_speed = mode.driving, backward
  end
end

function process_node(profile, node, result) end

function process_turn(profile, turn) turn.duration, turn.weight = 0, 0 end

return { setup = setup, process_way = process_way, process_node = process_node, process_turn = process_turn }
